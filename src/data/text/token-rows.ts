import type { Texts, Tokenizer } from './tokenizer.js';

/** Texts as rows of ids of tokens, `[n, length]`, in one growing array; 0 stands behind the end of a text. */
export class TokenRows {
  #ids = new Int32Array(1024);
  #count = 0;
  #cut = 0;

  constructor(
    private readonly tokenizer: Tokenizer,
    readonly length: number,
  ) {}

  add(texts: Texts): void {
    const end = (this.#count + 1) * this.length;
    if (end > this.#ids.length) {
      const larger = new Int32Array(Math.max(2 * this.#ids.length, end));
      larger.set(this.#ids);
      this.#ids = larger;
    }
    const { ids, cut } = this.tokenizer.encode(texts, this.length);
    this.#ids.set(ids, this.#count * this.length);
    this.#count++;
    if (cut) this.#cut++;
  }

  get count(): number {
    return this.#count;
  }

  /** How many texts had more tokens. */
  get cut(): number {
    return this.#cut;
  }

  inputs(): Int32Array {
    return this.#ids.slice(0, this.#count * this.length);
  }
}
