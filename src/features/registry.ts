import { readdir } from 'node:fs/promises';
import { isUrl, parseRequest, type NetworkRequest } from '../backbones/request.js';
import { LifelongError, nearestName } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { Normalization } from '../core/task.js';

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

interface ExtractorKind {
  readonly about: string;
  load(request: NetworkRequest, options: ExtractorOptions): Promise<FeatureExtractor>;
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
    load: pooled('efficientnet-lite0'),
  },
  resnet18: {
    about:
      'resnet18:FILE, torchvision ResNet-18 weights as safetensors by path or URL: 512 features, 256 for a file that stops after layer3',
    load: pooled('resnet18'),
  },
  minilm: {
    about:
      'all-MiniLM-L6-v2 for texts, the mean over tokens, 384 features; `lifelong setup --features minilm` fetches its weights, minilm:FILE takes those of any BERT encoder',
    load: pooled('minilm'),
  },
  albert: {
    about: 'albert:FILE, any ALBERT encoder for texts whose tokens a vocab.txt or tokenizer.json has, the mean over tokens',
    load: pooled('albert'),
  },
  'whisper-tiny': {
    about:
      'the encoder of Whisper tiny.en for sounds, the mean over time, 384 features; `lifelong setup --features whisper-tiny` fetches its weights, whisper-tiny:FILE takes those of any Whisper',
    load: pooled('whisper-tiny'),
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
  const request = parseRequest('features', nameOrPath, Object.keys(extractors), options.base);
  const kind = request.kind ?? (request.source === undefined ? undefined : await kindOf(request.source));
  const entry = kind === undefined ? undefined : extractors[kind];
  if (entry) return entry.load(request, options);

  const nearest = nearestName(nameOrPath.replace(/@\d+$/, ''), Object.keys(extractors));
  throw new LifelongError(
    'config',
    `features: one of ${Object.keys(extractors).join(', ')}, or a path of weights expected, found "${nameOrPath}"`,
    nearest === undefined
      ? 'check the spelling or the path; an extractor that a program made is handed over itself, as features'
      : `did you mean ${nearest}?`,
  );
}

/** How the pooled output of a backbone is loaded. */
function pooled(name: string): ExtractorKind['load'] {
  return async (request, options) => {
    const [{ readBackbone }, { backboneFeatures }] = await Promise.all([
      import('../backbones/registry.js'),
      import('./backbone-features.js'),
    ]);
    return backboneFeatures(await readBackbone(name, request, 'features', options));
  };
}

/** What kind of extractor these files are of; undefined when they are none or not there. */
async function kindOf(source: string): Promise<string | undefined> {
  if (source.endsWith('.onnx') && !isUrl(source)) return 'onnx';
  if (source.endsWith('.json') && !isUrl(source)) return 'tfjs';
  const files = isUrl(source) ? [] : await readdir(source).catch((): string[] => []);
  if (files.includes('model.json')) return 'tfjs';
  return (await import('../backbones/registry.js')).backboneOf(source);
}

function needed(kind: string, source: string | undefined): string {
  if (source !== undefined) return source;
  throw new LifelongError('config', `features ${kind}: ${kind}:PATH expected, found no path`, extractors[kind]?.about);
}
