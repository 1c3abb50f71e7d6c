/** Bits of bytes, the highest of each byte first. */
export class BitReader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whole bytes that are read so far; one that is begun counts. */
  get byte(): number {
    return Math.ceil(this.#at / 8);
  }

  /** Whether more was read than there is; what is read beyond the end is 0. */
  get over(): boolean {
    return this.#at > this.bytes.length * 8;
  }

  /** A number of so many bits, 53 at most. */
  read(count: number): number {
    let [value, left] = [0, count];
    while (left > 0) {
      const free = 8 - (this.#at & 7);
      const taken = Math.min(free, left);
      const bits = ((this.bytes[this.#at >>> 3] ?? 0) >>> (free - taken)) & ((1 << taken) - 1);
      value = value * 2 ** taken + bits;
      this.#at += taken;
      left -= taken;
    }
    return value;
  }

  /** A number of so many bits in two's complement. */
  signed(count: number): number {
    const value = this.read(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** How many zeros there are before the next one, which is read too. */
  unary(): number {
    let zeros = 0;
    while (!this.over && this.read(1) === 0) zeros++;
    return zeros;
  }

  /** Goes on at the next whole byte. */
  align(): void {
    this.#at = this.byte * 8;
  }
}
