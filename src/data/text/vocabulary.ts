import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import { shown } from '../../core/shown.js';
import { cacheFolder } from '../cache-folder.js';
import { exists, readText } from '../files.js';

/** Pieces of words, and how texts are brought to their form. */
export interface Vocabulary {
  /** By id. */
  readonly tokens: readonly string[];
  /** Whether texts are made lower-case, and accents taken off, before they are cut into tokens. */
  readonly lowercase: boolean;
  /** Of both, whatever file they came from. */
  readonly sha256: string;
}

/** Where the vocabulary of MiniLM is kept, fetched or not: what texts are cut by unless another is given. */
export const defaultVocabularyPath = (folder = cacheFolder): string => join(folder, 'minilm-vocab.txt');

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'] as const;

/**
 * Reads a WordPiece vocabulary: `vocab.txt` with a token a line, or a `tokenizer.json` of Hugging Face. A `vocab.txt` with tokens in capitals is one of texts as they are.
 *
 * @throws LifelongError `data` for a file that cannot be read, or is none of the two; `[PAD]` has to be token 0
 */
export async function readVocabulary(path: string): Promise<Vocabulary> {
  if (path === defaultVocabularyPath() && !(await exists(path))) {
    throw new LifelongError(
      'data',
      `tokenizer: a vocabulary that texts are cut by expected, found none at ${path}`,
      'run `lifelong setup --features minilm`, which fetches one, or name a vocab.txt or tokenizer.json as tokenizer beside the source that the stream names',
    );
  }
  const text = await readText(path);
  const { tokens, lowercase } = text.trimStart().startsWith('{') ? fromJson(text, path) : fromLines(text);
  const missing = special.find((token) => !tokens.includes(token));
  if (missing !== undefined || tokens[0] !== '[PAD]') {
    const expected = missing === undefined ? '[PAD] as token 0' : `a vocabulary with the token ${missing}`;
    throw new LifelongError('data', `${path}: ${expected} expected, found ${missing === undefined ? shown(tokens[0]) : 'none'}`);
  }
  const again = tokens.length - new Set(tokens).size;
  if (again > 0) throw new LifelongError('data', `${path}: every token once expected, found ${again} that come twice`);
  const sha256 = createHash('sha256').update(JSON.stringify({ tokens, lowercase })).digest('hex');
  return { tokens, lowercase, sha256 };
}

type Content = Pick<Vocabulary, 'tokens' | 'lowercase'>;

function fromLines(text: string): Content {
  const lines = text.split(/\r?\n/);
  const tokens = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  return { tokens, lowercase: !tokens.some((token) => /[A-Z]/.test(token) && !token.startsWith('[')) };
}

function fromJson(text: string, path: string): Content {
  const { model, normalizer } = parsed(text, path);
  const vocab = membersOf(membersOf(model)['vocab']);
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocab)) tokens[Number(id)] = token;
  const { type: found, lowercase = true } = membersOf(normalizer);
  if (membersOf(model)['type'] !== 'WordPiece' || found !== 'BertNormalizer') {
    const kind = `${shown(membersOf(model)['type'])} with ${shown(found)}`;
    throw new LifelongError('data', `${path}: a tokenizer of model WordPiece with BertNormalizer expected, found ${kind}`);
  }
  if (Object.keys(tokens).length !== tokens.length) throw new LifelongError('data', `${path}: a token for every id expected, found gaps`);
  return { tokens, lowercase: lowercase === true };
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return membersOf(JSON.parse(text));
  } catch (cause) {
    throw new LifelongError('data', `${path}: a vocab.txt or a tokenizer.json expected, found no JSON`, undefined, { cause });
  }
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
