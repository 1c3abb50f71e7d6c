import { expect, it } from 'vitest';
import { placements } from '../../src/plan/placements.js';

const numbers = {
  frozen: 1_000_000,
  tasks: 30_000,
  passes: [
    { task: 'a', multiplyAdds: 4e6, frozenNumbers: 500_000, ownNumbers: 10_000 },
    { task: 'b', multiplyAdds: 2e6, frozenNumbers: 300_000, ownNumbers: 20_000 },
  ],
};
const technology = {
  ...{ about: 'the test', illustrative: true, multiplyAdd: 0.5, passesPerSecond: 10 },
  // 5 bits for a number: one that says whether it is there, and 8 for every other one
  ...{ frozen: { bits: 8, leftOut: 0.5 }, tasks: { bits: 16 } },
  memories: { sram: { area: 2, read: 1, write: 3, standby: 5 }, rom: { area: 0.4, read: 2, write: 100, standby: 0 } },
};
const found = placements(numbers, technology);
const at = (form: string, frozen: string, tasks: string) =>
  found.find((one) => one.form === form && one.frozen === frozen && one.tasks === tasks);

it('are all pairs of memories, and whole copies in each', () => {
  expect(found.map(({ form, frozen, tasks }) => `${form} ${frozen} ${tasks}`)).toEqual([
    ...['shared sram sram', 'shared sram rom', 'shared rom sram', 'shared rom rom', 'copies sram sram', 'copies rom rom'],
  ]);
});

it('of what is frozen in a dense memory and tasks in SRAM come to what a hand computes', () => {
  const { bytes, area, energy } = at('shared', 'rom', 'sram') ?? expect.fail();
  expect(bytes).toEqual({ frozen: 625_000, tasks: 60_000 });
  expect(area).toBeCloseTo(0.625 * 0.4 + 0.06 * 2, 10);
  expect(energy.compute).toBeCloseTo(1.5, 10);
  expect(energy.reads).toBeCloseTo(0.25 * 2 + 0.03 * 1, 10);
  expect(energy.standby).toBeCloseTo(30, 10); // 0.3 mW for a tenth of a second
  expect(energy.pass).toBeCloseTo(32.03, 10);
  expect(energy.newTask).toBeCloseTo(0.09, 10);
});

it('of a whole network for each task have what is frozen once for each, and write it for a new one', () => {
  const [one, each] = [at('shared', 'sram', 'sram') ?? expect.fail(), at('copies', 'sram', 'sram') ?? expect.fail()];
  expect(one.area).toBeCloseTo(1.37, 10);
  expect(one.energy.standby).toBeCloseTo(342.5, 10);
  expect(each.bytes).toEqual({ frozen: 1_250_000, tasks: 60_000 });
  expect(each.area).toBeCloseTo(2.62, 10);
  expect(each.energy.standby).toBeCloseTo(655, 10);
  expect(each.energy.reads).toBe(one.energy.reads);
  expect(each.energy.newTask).toBeCloseTo(1.965, 10);
});

it('of one task are the same shared and copied, and need less the more is left out', () => {
  const single = { ...numbers, passes: numbers.passes.slice(0, 1) };
  const bytes = (leftOut: number) => placements(single, { ...technology, frozen: { bits: 8, leftOut } });
  const [shared, , , , copied] = bytes(0.5);
  expect({ ...copied, form: 'shared', energy: { ...copied?.energy, newTask: 0 } }).toEqual({
    ...shared,
    energy: { ...shared?.energy, newTask: 0 },
  });
  // whether a number is there takes a bit, so little left out takes more than nothing left out
  expect([0, 0.1, 0.3, 0.5, 0.7].map((share) => bytes(share)[0]?.bytes.frozen)).toEqual([1_000_000, 1_025_000, 825_000, 625_000, 425_000]);
});
