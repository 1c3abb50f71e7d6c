/** The multiples of 1, 2, 5, 10, 20, … below `count` that leave each at least `apart` of `length` pixels. */
export function tickTasks(count: number, length: number, apart: number): number[] {
  const least = (count * apart) / Math.max(1, length);
  let step = 1;
  while (step < least) step *= /^2/.test(String(step)) ? 2.5 : 2;
  return Array.from({ length: count }, (_, task) => task).filter((task) => task % step === 0);
}
