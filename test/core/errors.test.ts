import { describe, expect, it } from 'vitest';
import { nearestName } from '../../src/core/errors.js';

describe('the nearest name', () => {
  const names = ['finetune', 'ewc', 'er', 'si', 'Independent'];

  it.each([
    ['finetun', 'finetune'],
    ['EWC', 'ewc'],
    ['independant', 'Independent'],
    ['et', 'er'],
  ])('of %s is %s', (word, name) => {
    expect(nearestName(word, names)).toBe(name);
  });

  it.each(['x', 'zz', 'replay', ''])('is none for what is like none of them: "%s"', (word) => {
    expect(nearestName(word, names)).toBeUndefined();
  });
});
