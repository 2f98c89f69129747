/**
 * SHA-256 that can be fed piece by piece (FIPS 180-4).
 *
 * `crypto.subtle` needs all bytes at once, and is missing on a page over plain HTTP from another machine.
 * This one holds 64 bytes, whatever the length of the run.
 */

const encoder = new TextEncoder();
const K = new Uint32Array(64);
const START = new Uint32Array(8);

(function constants() {
  const fraction = (number) => Math.floor((number - Math.floor(number)) * 0x100000000);
  let found = 0;
  for (let candidate = 2; found < 64; candidate += 1) {
    if (isPrime(candidate)) {
      K[found] = fraction(Math.cbrt(candidate));
      if (found < 8) {
        START[found] = fraction(Math.sqrt(candidate));
      }
      found += 1;
    }
  }
})();

function isPrime(number) {
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) {
    if (number % divisor === 0) {
      return false;
    }
  }
  return true;
}

export class Sha256 {
  constructor() {
    this.state = START.slice();
    this.block = new Uint8Array(64);
    this.view = new DataView(this.block.buffer);
    this.words = new Uint32Array(64);
    this.filled = 0;
    this.bytes = 0;
  }

  /** Add text (as UTF-8) or bytes. */
  update(piece) {
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
    this.bytes += bytes.length;
    let at = this.#fill(bytes);
    if (this.filled === 0) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (; at + 64 <= bytes.length; at += 64) {
        this.#compress(view, at);
      }
      this.block.set(bytes.subarray(at));
      this.filled = bytes.length - at;
    }
    return this;
  }

  /** Complete the block that an earlier piece began; how many bytes that took. */
  #fill(bytes) {
    if (this.filled === 0) {
      return 0;
    }
    const taken = Math.min(64 - this.filled, bytes.length);
    this.block.set(bytes.subarray(0, taken), this.filled);
    this.filled += taken;
    if (this.filled === 64) {
      this.#compress(this.view, 0);
      this.filled = 0;
    }
    return taken;
  }

  /** The digest of everything so far, in hex. More may be added afterwards. */
  hex() {
    const last = this.#copy();
    const zeros = (119 - (this.bytes % 64)) % 64;
    const tail = new Uint8Array(1 + zeros + 8);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(1 + zeros, Math.floor((this.bytes * 8) / 0x100000000));
    view.setUint32(5 + zeros, (this.bytes * 8) >>> 0);
    last.update(tail);
    return Array.from(last.state, (word) => word.toString(16).padStart(8, "0")).join("");
  }

  #copy() {
    const copy = new Sha256();
    copy.state.set(this.state);
    copy.block.set(this.block);
    copy.filled = this.filled;
    return copy;
  }

  #compress(view, at) {
    const w = this.words;
    for (let index = 0; index < 16; index += 1) {
      w[index] = view.getUint32(at + index * 4);
    }
    for (let index = 16; index < 64; index += 1) {
      const early = w[index - 15];
      const late = w[index - 2];
      const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      w[index] = w[index - 16] + s0 + w[index - 7] + s1;
    }
    this.#rounds(w);
  }

  #rounds(w) {
    const { state } = this;
    // Eight variables: destructuring an array in every round takes ten times as long.
    let [a, b, c, d, e, f, g, h] = state;
    for (let index = 0; index < 64; index += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[index] + w[index]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

function turn(word, bits) {
  return (word >>> bits) | (word << (32 - bits));
}
