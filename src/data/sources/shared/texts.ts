import { basename } from 'node:path';
import { z } from 'zod';
import { composed } from '../../../core/composed.js';
import { LifelongError } from '../../../core/errors.js';
import { shown } from '../../../core/shown.js';
import type { ClassName } from '../../../core/task.js';
import { arrayDataset } from '../../array-dataset.js';
import type { Dataset } from '../../dataset.js';
import { holdOut } from '../../hold-out.js';
import { numbersWhereAllAre } from '../../number-labels.js';
import { cutNotes } from '../../text/text-reading.js';
import type { TextRow } from '../../text/text-rows.js';
import { TokenRows } from '../../text/token-rows.js';
import { tokenizer, type Tokenizer } from '../../text/tokenizer.js';
import { defaultVocabularyPath, readVocabulary } from '../../text/vocabulary.js';
import { path } from './keys.js';
import { shareOf } from './share.js';

const name = z.string().min(1);

/** A column or key of the text, or the two of a pair of texts. */
export const textNames = z.union([name, z.tuple([name, name])], 'a column, or [FIRST, SECOND] for pairs of texts, expected');

/** Keys of every source of texts. */
export const textKeys = {
  tokenizer: path
    .optional()
    .describe('vocab.txt or tokenizer.json that texts are cut into tokens by; that of `lifelong setup --features minilm` by default'),
  length: z
    .int()
    .min(5)
    .max(512)
    .optional()
    .describe('most tokens of a text, or of a pair, 128 by default; longer ones are cut, and counted'),
  encoding: z.enum(['utf-8', 'latin-1']).optional().describe('of the files, utf-8 by default'),
  classes: z
    .array(z.union([z.string(), z.int()]))
    .min(1)
    .optional()
    .describe('every label that there may be, in the order that predictions have; the labels that occur by default'),
  names: z.record(z.string(), z.string()).optional().describe('the class that each label stands for, instead of classes'),
};

/** @throws LifelongError `config` where a section of texts has keys for numbers */
export function refuseNumberKeys(section: Readonly<Record<string, unknown>>): void {
  const given = ['features', 'shape', 'scale'].filter((key) => section[key] !== undefined);
  if (given.length === 0) return;
  throw new LifelongError('config', `data.text: no keys of numbers beside it expected, found ${given.join(', ')}`, 'leave one of them out');
}

/** What a section of texts says, whatever its files are. */
interface TextSection {
  readonly train: string;
  readonly validation?: string | undefined;
  /** A file, or a share such as `20%`. */
  readonly test: string;
  readonly tokenizer?: string | undefined;
  readonly length?: number | undefined;
  readonly classes?: readonly ClassName[] | undefined;
  readonly names?: Readonly<Record<string, string>> | undefined;
}

/**
 * Opens data that are texts, as ids of tokens `[length]`, int32. Empty texts are left out, and counted.
 *
 * @param pairs whether an example is a pair of texts
 * @param rowsOf the rows of a file
 * @throws LifelongError `data`
 */
export async function openTexts(
  source: string,
  { train, validation, test, tokenizer: given = defaultVocabularyPath(), length = 128, classes, names }: TextSection,
  pairs: boolean,
  rowsOf: (file: string) => AsyncIterable<TextRow>,
): Promise<Dataset> {
  const vocabulary = await readVocabulary(given);
  const cutter = tokenizer(vocabulary);
  const share = shareOf(test);
  const known = names ? Object.entries(names) : classes?.map((name) => [String(name), name] as const);
  const named = known && new Map<string, ClassName>(known.map(([label, name]) => [composed(label), name]));
  const read = (file: string) => readPart(file, rowsOf(file), cutter, length, named);
  const parts = {
    train: await read(train),
    ...(validation !== undefined && { validation: await read(validation) }),
    test: share === undefined ? await read(test) : nothing,
  };
  const labelled = named ? parts : ofOneKind(parts);
  const order = named && { classes: [...new Set(named.values())] };
  const data = arrayDataset({ ...labelled, domain: 'text', inputShape: [length], ...order }, source);
  const notes = [...Object.values(parts).flatMap((part) => part.notes), ...(data.notes?.() ?? [])];
  const opened = Object.assign(data, {
    reading: { source, vocabulary: { path: given, sha256: vocabulary.sha256, size: vocabulary.tokens.length }, pairs },
    ...(notes.length > 0 && { notes: () => notes }),
  });
  return share === undefined ? opened : holdOut(opened, share);
}

interface Part {
  readonly inputs: Int32Array;
  readonly labels: readonly ClassName[];
  readonly notes: readonly string[];
}

const nothing: Part = { inputs: new Int32Array(0), labels: [], notes: [] };

/** @param named classes by label; undefined where every label is one */
async function readPart(
  file: string,
  rows: AsyncIterable<TextRow>,
  cutter: Tokenizer,
  length: number,
  named: ReadonlyMap<string, ClassName> | undefined,
): Promise<Part> {
  const tokens = new TokenRows(cutter, length);
  const labels: ClassName[] = [];
  let empty = 0;
  for await (const { texts, label, where } of rows) {
    if (label === undefined || label === '') throw new LifelongError('data', `${where}: a label expected, found an empty field`);
    if (texts.some((text) => text.trim() === '')) empty++;
    else {
      const name = named ? named.get(composed(String(label))) : label;
      if (name === undefined) {
        const known = [...(named?.keys() ?? [])].slice(0, 12).join(', ');
        throw new LifelongError('data', `${where}: a label of data.classes or data.names (${known}) expected, found ${shown(label)}`);
      }
      tokens.add(texts);
      labels.push(name);
    }
  }
  const name = basename(file);
  if (labels.length === 0) throw new LifelongError('data', `${file}: at least one text expected, found none`);
  const left = empty === 0 ? [] : [`${name}: ${empty} of ${empty + labels.length} texts are empty and left out`];
  return { inputs: tokens.inputs(), labels, notes: [...left, ...cutNotes(tokens, name)] };
}

/** Labels of texts are texts; they become numbers where all of them, in every part, are integers. Those that are numbers already stay. */
function ofOneKind<Parts extends Readonly<Record<string, Part>>>(parts: Parts): Parts {
  const all = Object.values(parts).flatMap(({ labels }) => labels);
  if (!all.every((label) => typeof label === 'string') || typeof numbersWhereAllAre(all)[0] !== 'number') return parts;
  return Object.fromEntries(
    Object.entries(parts).map(([part, { labels, ...rest }]) => [part, { ...rest, labels: labels.map(Number) }]),
  ) as never;
}
