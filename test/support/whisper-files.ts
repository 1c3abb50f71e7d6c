import { existsSync } from 'node:fs';
import { whisperTinyPath } from '../../src/backbones/whisper-tiny-fetch.js';
import type { Need } from './needing.js';

/** The weights of Whisper's encoder, which `lifelong setup --features whisper-tiny` fetches. */
export const fetchedWhisper: Need = { what: '`lifelong setup --features whisper-tiny`', there: existsSync(whisperTinyPath()) };
