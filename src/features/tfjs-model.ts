import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import { tf, type Tensor } from '../nn/backend.js';
import { frozenInference } from './frozen-inference.js';
import { imageExtractor } from './image-network.js';
import { sha256 } from './weights.js';

/** Side of the images where a model leaves it open. */
const openSide = 96;

/** Layers of Keras that have weights but only rescale what they get. */
const normalizations = ['BatchNormalization', 'LayerNormalization'];

/**
 * Any tfjs model of colour images as an extractor: what goes into its last layer with weights, the classifier, averaged over places where it still
 * has places. Images are resized to the model's own input size and mapped from [0, 1] to [-1, 1], as MobileNet and most image models for
 * tfjs expect.
 *
 * @param source `model.json` of a layers or graph model, or the folder that holds it
 * @throws LifelongError `data` when the files cannot be read or the model takes no colour images
 */
export async function tfjsModel(
  source: string,
  { name = 'tfjs-model', side }: { name?: string; side?: number | undefined } = {},
): Promise<FeatureExtractor> {
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const path = isFolder ? join(source, 'model.json') : source;
  const artifacts = await readArtifacts(path);
  const layers = artifacts.modelTopology !== null && 'node' in artifacts.modelTopology ? undefined : artifacts;
  const model = await (layers ? loadLayers(layers) : loadGraph(artifacts)).catch((cause: unknown) => {
    if (cause instanceof LifelongError) throw cause;
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'unknown reason';
    throw new LifelongError('data', `${path}: a tfjs model expected, found one that does not load: ${reason ?? ''}`, undefined, { cause });
  });

  const [, height, width, channels] = model.inputShape;
  if (model.inputShape.length !== 4 || channels !== 3 || (height ?? -1) !== (width ?? -1)) {
    model.dispose();
    throw new LifelongError(
      'data',
      `${path}: a model of square colour images [n, side, side, 3] expected, found inputs [${model.inputShape.join(', ')}]`,
    );
  }
  const chosen = height && height > 0 ? height : (side ?? openSide);
  const forward = (images: Tensor) => {
    const features = model.forward(images);
    return features.rank === 4 ? tf.mean(features, [1, 2]) : tf.reshape(features, [images.shape[0], -1]);
  };
  const inference = frozenInference(name, forward);
  const probe = tf.tidy(() => forward(tf.zeros([1, chosen, chosen, 3])).shape);
  return imageExtractor({
    name,
    sha256: sha256(...artifacts.files),
    side: chosen,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    size: probe[1] ?? 0,
    infer: (images, batches) => inference.infer(images, batches),
    dispose() {
      inference.dispose();
      model.dispose();
    },
  });
}

/** A loaded model, cut before its classifier. */
interface CutModel {
  readonly inputShape: readonly (number | null)[];
  forward(images: Tensor): Tensor;
  dispose(): void;
}

type WeightSpecs = NonNullable<Parameters<typeof tf.io.fromMemory>[1]>;

interface Artifacts {
  readonly modelTopology: object | null;
  readonly weightSpecs: WeightSpecs;
  readonly weightData: ArrayBuffer;
  /** Bytes of model.json and of the weight files, in order. */
  readonly files: readonly Uint8Array[];
}

async function readArtifacts(path: string): Promise<Artifacts> {
  const read = (file: string) =>
    readFile(file).catch((cause: unknown) => {
      throw new LifelongError('data', `${file}: a file of a tfjs model expected, found none that can be read`, 'check the path', { cause });
    });
  const json = await read(path);
  const { modelTopology, weightsManifest } = parseModel(json, path);
  const files = await Promise.all(weightsManifest.flatMap(({ paths }) => paths).map((file) => read(join(dirname(path), file))));
  const bytes = Buffer.concat(files);
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return {
    modelTopology,
    weightSpecs,
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    files: [json, ...files],
  };
}

interface ModelJson {
  readonly modelTopology: object | null;
  readonly weightsManifest: { readonly paths: string[]; readonly weights: WeightSpecs }[];
}

function parseModel(json: Buffer, path: string): ModelJson {
  try {
    const model = JSON.parse(json.toString('utf8')) as Partial<ModelJson>;
    if (typeof model.modelTopology === 'object' && Array.isArray(model.weightsManifest)) return model as ModelJson;
  } catch {
    // said below
  }
  throw new LifelongError('data', `${path}: the model.json of a tfjs model expected, found something else`);
}

async function loadLayers({ modelTopology, weightSpecs, weightData }: Artifacts): Promise<CutModel> {
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: modelTopology ?? {}, weightSpecs, weightData }));
  const weighted = model.layers.filter((layer) => layer.weights.length > 0 && !normalizations.includes(layer.getClassName()));
  const classifier = weighted.at(-1);
  const cut = classifier ? tf.model({ inputs: model.inputs, outputs: classifier.input }) : model;
  return {
    inputShape: model.inputs[0]?.shape ?? [],
    forward: (images) => cut.predict(images) as Tensor,
    dispose: () => model.dispose(),
  };
}

/** Operations of graph models that a classifier is made of. */
const weightedOperations = ['MatMul', '_FusedMatMul', 'Conv2D', '_FusedConv2D'];

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
}

async function loadGraph({ modelTopology, weightSpecs, weightData }: Artifacts): Promise<CutModel> {
  const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology: modelTopology ?? {}, weightSpecs, weightData }));
  const { node: nodes } = modelTopology as { node: readonly GraphNode[] };
  const classifier = nodes.filter(({ op }) => weightedOperations.includes(op)).at(-1);
  const node = classifier?.input?.[0];
  return {
    inputShape: model.inputs[0]?.shape ?? [],
    forward: (images) => (node === undefined ? model.predict(images) : model.execute(images, node)) as Tensor,
    dispose: () => model.dispose(),
  };
}
