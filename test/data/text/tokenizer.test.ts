import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tokenizer, type Texts } from '../../../src/data/text/tokenizer.js';
import { defaultVocabularyPath, readVocabulary } from '../../../src/data/text/vocabulary.js';
import { fetchedMiniLm } from '../../support/minilm-files.js';
import { needing } from '../../support/needing.js';
import { tinyTokens, tinyVocabulary } from '../../support/tiny-bert.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();
const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Ids that PyPI's `tokenizers` gives with `encode_special_tokens`; `cut` with its truncation `longest_first`. */
const reference = JSON.parse(readFileSync(fileURLToPath(new URL('../../fixtures/minilm/tokens.json', import.meta.url)), 'utf8')) as {
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly pairs: readonly { readonly texts: Texts; readonly ids: readonly number[] }[];
  readonly cut: readonly { readonly texts: Texts; readonly length: number; readonly ids: readonly number[] }[];
};

needing(fetchedMiniLm).describe('the tokenizer of MiniLM', () => {
  const made = async () => tokenizer(await readVocabulary(defaultVocabularyPath()));

  it('gives the ids that the reference gives: accents, ideographs, control characters, long words, special tokens, nothing at all', async () => {
    const { encode } = await made();
    expect(reference.texts.length).toBeGreaterThanOrEqual(100);
    for (const { text, ids } of reference.texts) expect([text, encode([text], 1000)]).toEqual([text, { ids, cut: false }]);
  });

  it('marks the second text of a pair, and cuts the longer one first', async () => {
    const { encode } = await made();
    for (const { texts, ids } of reference.pairs) {
      const found = encode(texts, 1000).ids;
      const end = ids.indexOf(102) + 1;
      expect(found).toEqual([...ids.slice(0, end), ...ids.slice(end).map((id) => -id)]);
    }
    for (const { texts, length, ids } of reference.cut) {
      const found = encode(texts, length);
      expect([texts, found.ids.map(Math.abs)]).toEqual([texts, ids]);
      expect(found.cut).toBe(encode(texts, 1000).ids.length > length);
    }
  });
});

describe('a vocabulary', () => {
  const json = (more: object = {}) =>
    JSON.stringify({
      normalizer: { type: 'BertNormalizer', lowercase: true },
      model: { type: 'WordPiece', vocab: Object.fromEntries(tinyTokens.map((token, id) => [token, id])) },
      ...more,
    });

  it('is the same from vocab.txt and from tokenizer.json', async () => {
    const lines = await readVocabulary(file('vocab.txt', tinyVocabulary));
    expect(await readVocabulary(file('tokenizer.json', json()))).toEqual(lines);
    expect(await readVocabulary(file('windows.txt', tinyVocabulary.replaceAll('\n', '\r\n')))).toEqual(lines);
    expect(lines.lowercase).toBe(true);
  });

  it('with capitals keeps the case of texts', async () => {
    const vocabulary = await readVocabulary(file('cased.txt', `${tinyVocabulary}Sea\nÉ\n`));
    const id = (token: string) => vocabulary.tokens.indexOf(token);
    expect(tokenizer(vocabulary).encode(['Sea sea É'], 9).ids).toEqual([2, id('Sea'), id('sea'), id('É'), 3]);
    expect(tokenizer(await readVocabulary(file('uncased.txt', `${tinyVocabulary}e\n`))).encode(['Sea É'], 9).ids).toEqual([
      2,
      id('sea'),
      tinyTokens.length,
      3,
    ]);
  });

  it.each([
    ['none.txt', 'a\nb\n', 'a vocabulary with the token [PAD] expected, found none'],
    ['late.txt', `a\n${tinyVocabulary}`, '[PAD] as token 0 expected, found "a"'],
    ['twice.txt', `${tinyVocabulary}sea\n`, 'every token once expected, found 1 that come twice'],
    [
      'bpe.json',
      json({ model: { type: 'BPE', vocab: {} } }),
      'a tokenizer of model WordPiece with BertNormalizer expected, found "BPE" with "BertNormalizer"',
    ],
    ['broken.json', '{', 'a vocab.txt or a tokenizer.json expected, found no JSON'],
    ['bytes.txt', Buffer.from([0xff, 0xfe]), 'text in UTF-8 expected'],
  ])('that is none is refused: %s', async (name, content, message) => {
    await expect(readVocabulary(file(name, content))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining(message) as string,
    });
  });
});
