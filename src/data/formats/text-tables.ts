import { LifelongError } from '../../core/errors.js';
import { shown } from '../../core/shown.js';
import { namesOf, placesOf, textsOf, type TextNames, type TextRow } from '../text/text-rows.js';
import { csvRecords } from './csv.js';
import { checkedLabel, jsonlRecords } from './jsonl.js';
import type { TextLimits } from './text-file.js';

/** Which columns or keys hold what. */
export interface TextColumns extends TextLimits {
  readonly text: TextNames;
  readonly label: string;
  /** False where labels may be missing. */
  readonly labelled?: boolean;
}

/**
 * Rows of text of a CSV file, plain or gzip.
 *
 * @throws LifelongError `data` naming the line, `config` for a file or record larger than it may be
 */
export async function* csvTexts(
  path: string,
  { text, label, labelled = true, header, ...form }: TextColumns & { readonly delimiter: string; readonly header: boolean },
): AsyncGenerator<TextRow> {
  let places: { readonly texts: readonly number[]; readonly label: number } | undefined;
  for await (const { record, line } of csvRecords(path, form)) {
    const where = `${path}:${line}`;
    const isHeader = !places && header;
    if (!places) {
      const names = header ? record : record.map((_, column) => String(column));
      const isThere = labelled || names.includes(label);
      places = { texts: placesOf(namesOf(text), names, where), label: isThere ? (placesOf([label], names, where)[0] ?? -1) : -1 };
    }
    if (!isHeader) yield { texts: textsOf(places.texts.map((at) => record[at] ?? '')), label: record[places.label], where };
  }
}

/**
 * Rows of text of a file with one JSON object a line, plain or gzip.
 *
 * @throws LifelongError `data` naming the line, for what is no text under one of the keys
 */
export async function* jsonlTexts(path: string, { text, labelled = true, ...keys }: TextColumns): AsyncGenerator<TextRow> {
  for await (const { values, label, where } of jsonlRecords(path, namesOf(text), keys)) {
    const wrong = values.findIndex((value) => typeof value !== 'string');
    if (wrong >= 0) {
      const found = values[wrong] === undefined ? 'nothing' : shown(values[wrong]);
      throw new LifelongError('data', `${where}: a text expected under "${namesOf(text)[wrong] ?? ''}", found ${found}`);
    }
    yield {
      texts: textsOf(values as string[]),
      label: labelled ? checkedLabel(label, keys.label, where) : undefined,
      where,
    };
  }
}
