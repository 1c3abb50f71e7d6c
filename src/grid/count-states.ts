import type { CellState } from './cell-state.js';

/** How many runs stand how, in words: `24 runs: 9 done, 2 active, 13 waiting`. */
export function countStates(states: readonly CellState[]): string {
  const kinds = ['done', 'active', 'waiting', 'failed'] as const;
  const counts = kinds.map((kind) => [kind, states.filter((state) => state.kind === kind).length] as const);
  const said = counts.filter(([kind, count]) => count > 0 || kind === 'done').map(([kind, count]) => `${count} ${kind}`);
  return `${states.length} runs: ${said.join(', ')}`;
}
