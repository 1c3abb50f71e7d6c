import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignment, integer, number, seeds } from '../../src/cli/options.js';
import { divide } from '../../src/cli/settings.js';

describe('numbers', () => {
  it.each([
    ['08', 8],
    ['10', 10],
    ['1e3', 1000],
    ['0', 0],
    ['-1', -1],
    ['+2', 2],
    ['.5', 0.5],
    ['1e-6', 1e-6],
  ])('%s is %d', (text, value) => {
    expect(number(text)).toBe(value);
  });

  it('reads back every finite number that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(number(String(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('refuses everything that is no number from end to end', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(text.trim() !== text || text === '' || Number.isNaN(Number(text)));
        expect(() => number(text)).toThrow('A number expected');
      }),
    );
  });

  it('whole numbers are whole, and not below their least', () => {
    expect(integer(0)('1e3')).toBe(1000);
    expect(() => integer()('1.5')).toThrow('A whole number expected');
    expect(() => integer(1)('0')).toThrow('1 or more expected');
    expect(() => integer()('1e300')).toThrow('A whole number expected');
  });

  it('seeds come once each', () => {
    expect(seeds('0, 1,2,1')).toEqual([0, 1, 2]);
    expect(() => seeds('0,,1')).toThrow();
  });
});

describe('assignments', () => {
  it('take YAML values and keep their order', () => {
    const all = ['limits.train=200', 'features=pixels', 'tasks.order=[[0,1],[2,3]]', 'epochs=08', 'name=a=b', 'limits.validation=10%'];
    expect(all.reduce<ReturnType<typeof assignment>>((before, text) => assignment(text, before), [])).toEqual([
      ['limits.train', 200],
      ['features', 'pixels'],
      [
        'tasks.order',
        [
          [0, 1],
          [2, 3],
        ],
      ],
      ['epochs', 8],
      ['name', 'a=b'],
      ['limits.validation', '10%'],
    ]);
    expect(() => assignment('=3')).toThrow('path=value expected');
    expect(() => assignment('tasks.order=[0')).toThrow('A value that YAML can read expected');
  });

  it('go to the strategy or the manifest, the last one of a key winning', () => {
    const all = [
      ['epochs', 3],
      ['limits.train', 20],
      ['epochs', 4],
    ] as const;
    expect(divide(all, ['epochs', 'samples'], ['limits', 'features'])).toEqual({
      manifest: { 'limits.train': 20 },
      options: { epochs: 4 },
    });
    expect(() => divide([['sampels', 1]], ['samples'], ['limits'])).toThrow('sampels');
  });
});
