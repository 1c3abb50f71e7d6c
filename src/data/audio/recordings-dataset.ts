import { filesDataset, type FilesDatasetOptions } from '../class-folders/files-dataset.js';
import type { ClassLayout } from '../class-folders/find-class-files.js';
import type { Dataset } from '../dataset.js';
import { ReadingTally } from '../reading-tally.js';
import { withFingerprint } from '../with-fingerprint.js';
import { mixing, type Babble } from './babble.js';
import { melCount } from './log-mel.js';
import { recordingFiles, type RecordingFilesOptions } from './recording-files.js';
import type { SoundChange } from './recording.js';

export interface RecordingsOptions extends Omit<RecordingFilesOptions, 'mix'>, Pick<FilesDatasetOptions, 'classesOf'> {
  /** Of the source. */
  readonly name: string;
  /** Mixed into every recording. */
  readonly babble?: Babble | undefined;
  /** Share of each class that is held out for test, where there is no test part. */
  readonly testShare: number;
}

/** A data set of recordings as log-mel spectrograms `[frames, 80]`. @throws LifelongError `data` as `filesDataset` */
export async function recordingsDataset(layout: ClassLayout, options: RecordingsOptions): Promise<Dataset> {
  const { name, folder, frames, babble, testShare, classesOf } = options;
  const classes = [...layout.train.keys()];
  const mix = babble && mixing(babble);
  const tally = new ReadingTally<SoundChange>('recordings');
  const data = await filesDataset(layout, {
    ...{ name, many: 'recordings', folder, inputShape: [frames, melCount], domain: 'audio', testShare, ...(classesOf && { classesOf }) },
    split: (files) => recordingFiles(files, classes, { frames, folder, mix }, tally),
    changes: () => tally.notes(),
  });
  if (!babble) return data;
  const { voices, snr, seed, paths } = babble;
  return withFingerprint(data, `babble ${JSON.stringify([voices, snr, seed, paths.map((path) => path.slice(folder.length))])}`);
}
