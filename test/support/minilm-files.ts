import { existsSync } from 'node:fs';
import { miniLmPath } from '../../src/backbones/minilm-fetch.js';
import { defaultVocabularyPath } from '../../src/data/text/vocabulary.js';
import type { Need } from './needing.js';

/** The weights and the vocabulary of MiniLM, which `lifelong setup --features minilm` fetches. */
export const fetchedMiniLm: Need = {
  what: '`lifelong setup --features minilm`',
  there: [miniLmPath(), defaultVocabularyPath()].every((path) => existsSync(path)),
};
