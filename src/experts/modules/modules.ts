import { adapter } from './adapter.js';
import type { Module } from './module.js';
import { patch } from './patch.js';

/** The modules that there are. */
export const modules: readonly Module[] = [patch, adapter];
