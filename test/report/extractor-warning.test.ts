import { describe, expect, it } from 'vitest';
import { extractorWarning } from '../../src/report/extractor-warning.js';

describe('extractor warning', () => {
  it('comes when same-task distance is about that between tasks', () => {
    const matrix = [
      [0, 0.5, 0.6],
      [0.5, 0, 0.55],
      [0.6, 0.55, 0],
    ];
    expect(extractorWarning(matrix, [0.5, 0.45, null])).toMatch(
      /two halves of the same task are 0.50 apart \(median\), different tasks 0.60/,
    );
    expect(extractorWarning(matrix, [0.1, 0.12, 0.1])).toBeNull();
    expect(extractorWarning(matrix, [null, null, null])).toBeNull();
    expect(extractorWarning([[0]], [0.5])).toBeNull();
  });
});
