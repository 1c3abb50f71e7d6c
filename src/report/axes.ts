import { tickTasks } from './ticks.js';

/** Below this width a picture has half as many ticks. */
const narrow = 500;

const alongX = { labelArrow: 'none', labelAnchor: 'center' } as const;

/** Tasks in order, from left to right. */
export function taskAxis(count: number, width: number, label: string) {
  return { ...alongX, domain: [0, Math.max(1, count - 1)], ticks: tickTasks(count, width - 150, 40), tickFormat: 'd', label };
}

/** Amounts from left to right, with lines to compare by. */
export function amountAxis(label: string, width: number) {
  return { ...alongX, label, grid: true, nice: true, ticks: width < narrow ? 3 : 6 };
}

/** Numbers of parameters, from none on: `20k`, `1M`. */
export function parameterAxis(width: number) {
  return { ...alongX, label: 'parameters', zero: true, nice: true, ticks: width < narrow ? 3 : 6, tickFormat: '~s' };
}

/** Average accuracy, upwards. */
export const averageAccuracyAxis = { label: 'average accuracy', labelArrow: 'none', grid: true, nice: true, ticks: 6 } as const;
