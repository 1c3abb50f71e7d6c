import type { InputChange } from '../data/change-inputs.js';
import { addNoise, blur, changeContrast } from '../data/images/corrupt.js';
import type { Corruption } from './manifest.js';

/** The change of inputs that a manifest's corruption means; none for `none`. */
export function corruptionChange(corruption: Corruption, seed: number): InputChange[] {
  if (corruption === 'none') return [];
  if ('noise' in corruption) return [addNoise(corruption.noise, seed)];
  return 'blur' in corruption ? [blur(corruption.blur)] : [changeContrast(corruption.contrast)];
}
