# Read by the stand-ins: notes the call, and fails where the test wants it.
echo "$(basename "$0") $*" >>"$TEST_ROOT/calls"
if [[ -n ${TEST_FAILS:-} && "$(basename "$0") $*" == *"$TEST_FAILS"* ]]; then exit 7; fi
