import { Tokenizer as WordPiece } from '@huggingface/tokenizers';
import type { Vocabulary } from './vocabulary.js';

/** A text, or a pair of texts, as one example. */
export type Texts = readonly [text: string] | readonly [first: string, second: string];

/** Cuts texts into tokens. */
export interface Tokenizer {
  /**
   * Ids of the tokens: `[CLS] text [SEP]`, or `[CLS] first [SEP] second [SEP]`, where those from `second` on are negative. What is longer than `length` is cut from the
   * longer of the two.
   *
   * @param length most tokens that there may be, 3 or more
   */
  readonly encode: (texts: Texts, length: number) => { readonly ids: readonly number[]; readonly cut: boolean };
}

/** What is used of the package, whose own declarations do not resolve in ES modules. */
type MakePieces = new (
  tokenizer: object,
  config: object,
) => { encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] } };

/**
 * WordPiece of BERT (Devlin et al. 2019), as Hugging Face's `tokenizers` does it with `encode_special_tokens`: `[SEP]` in a text is text.
 */
export function tokenizer({ tokens, lowercase }: Vocabulary): Tokenizer {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const idOf = (token: string): number => vocab[token] ?? 0;
  const pieces = new (WordPiece as unknown as MakePieces)(
    {
      version: '1.0',
      added_tokens: [],
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: null,
      model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
    },
    {},
  );
  const cutText = (text: string) => pieces.encode(prepared(text, lowercase), { add_special_tokens: false }).ids;
  return {
    encode([text, other], length) {
      const [first, second] = [cutText(text), other === undefined ? undefined : cutText(other)];
      const room = length - (second ? 3 : 2);
      const [most, mostOther] = second ? shared(first.length, second.length, room) : [room, 0];
      const ids = [idOf('[CLS]'), ...first.slice(0, most), idOf('[SEP]')];
      for (const id of second ? [...second.slice(0, mostOther), idOf('[SEP]')] : []) ids.push(-id);
      return { ids, cut: first.length > most || (second?.length ?? 0) > mostOther };
    },
  };
}

/** How many tokens of each of two texts fit: the longer one is cut first, then both alike (`longest_first` of `tokenizers`). */
function shared(first: number, second: number, room: number): readonly [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const half = Math.floor(room / 2);
  const [less, more] = shorter <= half ? [shorter, room - shorter] : [half, room - half];
  return first <= second ? [less, more] : [more, less];
}

/** Ideographs beyond 16 bits, which stand for themselves as the others do; those that the package knows it parts itself. */
const ideographs = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

/** What the package would do otherwise than the reference: these ideographs, and a sigma at the end of a word, which becomes one as elsewhere. */
function prepared(text: string, lowercase: boolean): string {
  const parted = text.replace(ideographs, ' $& ');
  return lowercase ? parted.replaceAll('Σ', 'σ') : parted;
}
