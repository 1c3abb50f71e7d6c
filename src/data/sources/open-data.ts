import { LifelongError } from '../../core/errors.js';
import { adaptDataset } from '../adapt-dataset.js';
import type { Dataset } from '../dataset.js';
import type { DataSection, DataSource, SourceContext } from './source.js';

/**
 * Opens the data that a manifest names, brought to the size and channels that it wants.
 *
 * @param sources that the manifest may name
 * @param where the section can be set, such as `data`; undefined where that can only be done in a manifest
 * @throws LifelongError `config` or `data`
 */
export async function openData(
  data: DataSection,
  sources: readonly DataSource[],
  context: SourceContext,
  where: string | undefined,
): Promise<Dataset> {
  const source = sources.find(({ name }) => name === data.source);
  if (!source) throw new LifelongError('config', `data.source: a source that is known expected, found "${data.source}"`);
  return adaptDataset(await source.open(data, context, where), context.size, context.channels);
}
