import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LifelongError, nearestName } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { Normalization } from '../core/task.js';
import type { WeightedOptions } from './weights.js';

export interface ExtractorOptions {
  /** What `vector` standardizes columns by: one for the whole stream. */
  readonly normalization?: Normalization | null;
  /** Where fetched weights are kept; `~/.cache/lifelong` when empty. */
  readonly weightsFolder?: string;
  /** Folder that relative paths start from; the working folder when empty. */
  readonly base?: string;
  /** Told what a user should know though it stops nothing, such as weights that cannot be kept. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** What is asked for: `kind`, `kind:source` or `source` alone, with `@side` behind it where images are resized to another side. */
interface Request {
  readonly text: string;
  readonly source: string | undefined;
  readonly side: number | undefined;
}

interface ExtractorKind {
  readonly about: string;
  load(request: Request, options: ExtractorOptions): Promise<FeatureExtractor>;
}

/** What there is, by name. */
export const extractors: Readonly<Record<string, ExtractorKind>> = {
  pixels: {
    about: 'the image made 14 x 14: 196 or 588 features, no weights',
    load: async () => (await import('./pixels.js')).pixels(),
  },
  vector: {
    about: 'the vector itself, for tables and embeddings',
    load: async (_, { normalization = null }) => (await import('./vector.js')).vector(normalization),
  },
  'efficientnet-lite0': {
    about: 'EfficientNet-Lite0 trained on ImageNet, 1280 features; `lifelong setup --features efficientnet-lite0` fetches its weights',
    async load(request, options) {
      const { efficientNetLite0 } = await import('./efficientnet-lite0.js');
      return efficientNetLite0(request.source ?? (await fetchedWeights(options.weightsFolder)), weighted(request, options));
    },
  },
  resnet18: {
    about:
      'resnet18:FILE, torchvision ResNet-18 weights as safetensors by path or URL: 512 features, 256 for a file that stops after layer3',
    async load(request, options) {
      const { resnet18 } = await import('./resnet18.js');
      return resnet18(needed('resnet18', request.source), weighted(request, options));
    },
  },
  tfjs: {
    about: 'tfjs:FOLDER, any tfjs layers or graph model of colour images, cut before its classifier',
    load: async ({ text, source, side }) => (await import('./tfjs-model.js')).tfjsModel(needed('tfjs', source), { name: text, side }),
  },
  onnx: {
    about: 'onnx:FILE, any ONNX model of colour images, through the optional package onnxruntime-node',
    async load({ text, source, side }) {
      const { onnxModel } = await import('./onnx.js');
      return onnxModel(needed('onnx', source), { name: text, ...(side !== undefined && { side }) });
    },
  },
};

/**
 * A frozen extractor by name (`pixels`), by kind and source (`resnet18:weights.safetensors`), or by source alone, whose kind is then
 * read off the files. `@64` behind a source has images resized to 64 x 64. The extractor's name is the text given here.
 *
 * @throws LifelongError `config` for an unknown name, with the nearest one; `data` for weights that cannot be read
 */
export async function loadExtractor(nameOrPath: string, options: ExtractorOptions = {}): Promise<FeatureExtractor> {
  const [, body = nameOrPath, digits] = /^(.+)@(\d+)$/.exec(nameOrPath) ?? [];
  const side = digits === undefined ? undefined : Number(digits);
  if (side !== undefined && (side < 32 || side > 1024)) {
    throw new LifelongError('config', `features ${nameOrPath}: a side of 32 to 1024 behind @ expected, found ${side}`);
  }
  const [, prefix = body, rest] = /^([\w-]+):(?!\/\/)(.+)$/.exec(body) ?? [];
  const named = Object.hasOwn(extractors, prefix) ? prefix : undefined;
  const given = named === undefined ? body : rest;
  const source = given === undefined || isUrl(given) ? given : resolve(options.base ?? '', given);
  const kind = named ?? (source === undefined ? undefined : await kindOf(source));
  const entry = kind === undefined ? undefined : extractors[kind];
  if (entry) return entry.load({ text: nameOrPath, source, side }, options);

  const nearest = nearestName(body, Object.keys(extractors));
  throw new LifelongError(
    'config',
    `features: one of ${Object.keys(extractors).join(', ')}, or a path of weights expected, found "${nameOrPath}"`,
    nearest === undefined
      ? 'check the spelling or the path; an extractor that a program made is handed over itself, as features'
      : `did you mean ${nearest}?`,
  );
}

/** How our own networks are loaded. */
const weighted = ({ text, side }: Request, { weightsFolder = '', onNotice }: ExtractorOptions): WeightedOptions => ({
  name: text,
  folder: weightsFolder,
  ...(side !== undefined && { side }),
  ...(onNotice && { onNotice }),
});

const isUrl = (source: string) => /^https?:\/\//.test(source);

/** What kind of extractor these files are of; undefined when they are none or not there. */
async function kindOf(source: string): Promise<string | undefined> {
  if (isUrl(source) || source.endsWith('.safetensors')) return 'resnet18';
  if (source.endsWith('.onnx')) return 'onnx';
  if (source.endsWith('.json')) return 'tfjs';
  const files = await readdir(source).catch((): string[] => []);
  if (files.includes('model.json')) return 'tfjs';
  const weights = files.filter((file) => file.endsWith('.safetensors'));
  if (weights.length === 0) return undefined;
  return weights.some((file) => file.startsWith('efficientnet-lite0')) ? 'efficientnet-lite0' : 'resnet18';
}

function needed(kind: string, source: string | undefined): string {
  if (source !== undefined) return source;
  throw new LifelongError('config', `features ${kind}: ${kind}:PATH expected, found no path`, extractors[kind]?.about);
}

async function fetchedWeights(folder: string | undefined): Promise<string> {
  const { efficientNetLite0Path } = await import('./efficientnet-lite0-fetch.js');
  const path = efficientNetLite0Path(folder);
  const known = await stat(path).then(
    () => true,
    () => false,
  );
  if (known) return path;
  throw new LifelongError(
    'data',
    `features efficientnet-lite0: weights at ${path} expected, found none`,
    'run `lifelong setup --features efficientnet-lite0`, or name a file: efficientnet-lite0:PATH',
  );
}
