// The page of a portal that is away: look again in a while.
setTimeout(() => location.reload(), 5000);
