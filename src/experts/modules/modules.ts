import { adapter } from './adapter.js';
import { edit } from './edit.js';
import type { Module } from './module.js';
import { patch } from './patch.js';
import { recurrent } from './recurrent.js';
import { unfrozen } from './unfrozen.js';

/** The modules that there are. */
export const modules: readonly Module[] = [patch, adapter, edit, recurrent, unfrozen];
