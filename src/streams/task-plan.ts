import type { InputChange } from '../data/change-inputs.js';
import type { Limits } from './manifest.js';
import type { PlanData } from './plan-data.js';

/** What a task is cut from: everything about it but which samples it gets. */
export interface TaskPlan {
  readonly id: string;
  readonly name: string;
  readonly data: PlanData;
  /** Indices into `data.classes`; the order gives the task's class indices. */
  readonly classes: readonly number[];
  readonly changes: readonly InputChange[];
  /** Share of training and validation labels that are replaced by another class of the task. */
  readonly labelNoise: number;
  readonly limits: Limits;
}
