import { runVersion, type RunRecord } from '../core/run-record.js';
import { currentEnvironment } from './environment.js';

/** The record of a run that has learned nothing yet, as of now. */
export function emptyRecord(about: Pick<RunRecord, 'stream' | 'strategy' | 'seed' | 'limit' | 'features'>): RunRecord {
  return {
    version: runVersion,
    created: new Date().toISOString(),
    status: 'running',
    seconds: 0,
    ...about,
    environment: currentEnvironment(),
    tasks: [],
    experts: [],
    accuracy: [],
    peakRssBytes: null,
    state: {},
    files: {},
    failure: null,
  };
}
