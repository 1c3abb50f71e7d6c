import type { Architecture } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import { hashArrays } from '../data/hash-arrays.js';
import { tf } from '../nn/backend.js';
import { toArrays } from '../nn/layout.js';
import type { Network } from '../nn/network.js';
import type { StepTerm } from '../nn/training-step.js';
import { controllerPrefix, type RecurrentArchitecture } from './modules/recurrent.js';
import type { ExpertVectors } from './vectors.js';

/** An expert, as far as its controller goes. */
interface Controlled {
  readonly id: string;
  readonly architecture: Architecture;
  readonly network: Network;
  readonly vectors: ExpertVectors;
}

interface Known<Of extends Controlled> {
  readonly experts: readonly Of[];
  readonly tasks: readonly { readonly ref: { readonly id: string }; readonly expert: string }[];
}

/** Numbers of a network's controller, the first of its vector; 0 where it has none. */
function controllerSize({ declaration: { parameters } }: Network): number {
  return parameters.weights
    .filter(({ name }) => name.startsWith(controllerPrefix))
    .reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
}

/** Whether two networks have one controller: those on the same weights that have any. */
const share = (a: Network, b: Network): boolean =>
  controllerSize(a) > 0 && controllerSize(a) === controllerSize(b) && a.frozen?.sha256 === b.frozen?.sha256;

/** An expert's controller as named arrays; undefined where it has none. */
export function controllerOf({ network, vectors }: Pick<Controlled, 'network' | 'vectors'>): Record<string, NamedArray> | undefined {
  if (controllerSize(network) === 0) return undefined;
  const arrays = Object.entries(toArrays(network.declaration.parameters, vectors.parameters));
  return Object.fromEntries(arrays.filter(([name]) => name.startsWith(controllerPrefix)));
}

/** The hash of an expert's controller: its head says nothing under another. */
export function controllerHash(expert: Pick<Controlled, 'network' | 'vectors'>): string | undefined {
  const controller = controllerOf(expert);
  return controller && hashArrays(controller);
}

/** Numbers of a network that none of these has: without the controller, where one of them has it. */
export function ownNumbers(network: Network, others: readonly Pick<Controlled, 'network'>[]): number {
  const size = controllerSize(network);
  const shared = size > 0 && others.some((other) => share(other.network, network));
  return network.declaration.parameters.size - (shared ? size : 0);
}

/** A new expert as it begins beside others: under the controller that they have. */
export function begunUnderController<Of extends Controlled>(expert: Of, experts: readonly Controlled[]): Of {
  const known = experts.find(({ network }) => share(network, expert.network));
  return known ? { ...expert, vectors: underController(expert, known) } : expert;
}

/** The experts once one has been trained: its controller is that of all who share it. */
export function withOneController<Of extends Controlled & { readonly revision: number }>(
  experts: readonly Of[],
  trained: Controlled,
): readonly Of[] {
  const hash = controllerHash(trained);
  if (hash === undefined) return experts;
  return experts.map((expert) =>
    share(expert.network, trained.network) && controllerHash(expert) !== hash
      ? { ...expert, vectors: underController(expert, trained), revision: expert.revision + 1 }
      : expert,
  );
}

/** @throws LifelongError `run-corrupt` for an expert that has another controller than one before it with which it shares one */
export function refuseOtherControllers(experts: readonly Controlled[]): void {
  const having = experts.filter(({ network }) => controllerSize(network) > 0);
  for (const [i, expert] of having.entries()) {
    const first = having.slice(0, i).find(({ network }) => share(network, expert.network));
    const [expected, found] = [first && controllerHash(first), controllerHash(expert)];
    if (first && found !== expected) {
      throw new LifelongError(
        'run-corrupt',
        `expert ${expert.id}: controller ${expected} expected, as ${first.id} has it, found ${found}`,
        'its head was trained under another controller, and says nothing under this one',
      );
    }
  }
}

const underController = ({ vectors }: Controlled, { network, vectors: known }: Controlled): ExpertVectors => {
  const parameters = vectors.parameters.slice();
  parameters.set(known.parameters.subarray(0, controllerSize(network)));
  return { ...vectors, parameters };
};

/**
 * What an expert's training adds to its step: where the controller has learned all that it is to learn, it stays to the last bit.
 *
 * @param start of the training, where it is not the expert: one that begins anew, with another controller, trains that
 */
export function controllerTerms(expert: Controlled, memory: Known<Controlled>, start = expert.vectors.parameters): readonly StepTerm[] {
  const size = controllerSize(expert.network);
  const known = expert.vectors.parameters;
  const anew = start.subarray(0, size).some((value, i) => value !== known[i]);
  return !anew && isHeld(expert, memory) ? [heldController(size)] : [];
}

/** The tasks of other experts whose answers change as this one is trained, for it teaches the controller that they share. */
export function tasksUnderTaught(expert: Controlled, memory: Known<Controlled>): readonly string[] {
  if (isHeld(expert, memory)) return [];
  const others = memory.experts.filter(({ id, network }) => id !== expert.id && share(network, expert.network)).map(({ id }) => id);
  return memory.tasks.filter((task) => others.includes(task.expert)).map(({ ref }) => ref.id);
}

/** A task that left its expert's head at 0 has taught the controller nothing, and does not count. */
function isHeld({ architecture, network }: Controlled, { experts, tasks }: Known<Controlled>): boolean {
  if (controllerSize(network) === 0) return false;
  const teachers = experts.filter((known) => share(known.network, network) && hasHead(known)).map(({ id }) => id);
  return tasks.filter((task) => teachers.includes(task.expert)).length >= lessonsOf(architecture);
}

function hasHead({ network, vectors }: Controlled): boolean {
  const head = toArrays(network.declaration.parameters, vectors.parameters)['head.out'];
  return head?.data.some((value) => value !== 0) ?? false;
}

/** How many tasks teach a controller. */
function lessonsOf(architecture: Architecture): number {
  const { controller, warmup } = architecture as unknown as RecurrentArchitecture;
  return { random: 0, 'freeze-after-first': 1, 'freeze-after-warmup': warmup, continual: Infinity }[controller];
}

/** The first `size` weights as they were. */
const heldController = (size: number): StepTerm => ({
  key: `controller of ${size} held`,
  gradient: (gradient) => tf.concat([tf.zeros([size]), tf.slice(gradient, [size], [gradient.size - size])]),
  weights: ({ before, after }) => tf.concat([tf.slice(before, [0], [size]), tf.slice(after, [size], [after.size - size])]),
});
