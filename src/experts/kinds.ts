import { attached } from './attached.js';
import { cells } from './cells.js';
import { ensemblesOf } from './ensemble.js';
import type { ExpertKind } from './expert-kind.js';
import { patched } from './patched.js';
import { perceptron } from './perceptron.js';

const single: readonly ExpertKind[] = [cells, perceptron, attached, patched];

/** The kinds of experts that every strategy may use; a strategy may have more of its own. */
export const expertKinds: readonly ExpertKind[] = [...single, ensemblesOf(single)];
