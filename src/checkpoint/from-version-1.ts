import { parseGenotype, type Genotype } from '../core/genotype.js';

/** The members of a version 1 run.json that this step reads. The content has passed its checksum, so it is as version 1 wrote it. */
interface Version1 {
  readonly strategy: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly tasks: readonly { readonly expert: string | null; readonly train: number }[];
  readonly experts: readonly { readonly id: string; readonly genotype: Genotype | null }[];
  /** Empty before the first save of a task. */
  readonly state: {
    readonly strategy?: string;
    readonly experts?: readonly StoredExpert[];
    readonly progress?: Readonly<Record<string, unknown>> | null;
  };
}

interface StoredExpert {
  readonly id: string;
  /** As text, in the state of PAR only. */
  readonly genotype?: string;
}

/**
 * Version 2 says what an expert is built from as `architecture`, in the list of experts and in the state of every strategy alike, where version 1
 * had a genotype, or nothing and left the rest to the options. Weight files stay as they are.
 */
export function fromVersion1(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const run = content as unknown as Version1;
  return {
    ...content,
    experts: run.experts.map(({ genotype, ...expert }) => ({ ...expert, architecture: architectureOf(run, genotype) })),
    state: run.state.experts ? stateOf(run, run.state.experts) : run.state,
  };
}

function architectureOf({ strategy: { name, options } }: Version1, genotype: Genotype | null): object {
  const { channels, cells, units } = options;
  if (genotype) return { kind: 'cells', genotype, channels, cells };
  return { kind: name === 'hat' ? 'attended-perceptron' : 'perceptron', units: [units, units] };
}

function stateOf(run: Version1, experts: readonly StoredExpert[]): object {
  const { strategy, state } = run;
  return {
    ...state,
    strategy: strategy.name,
    experts: experts.map(({ genotype, ...expert }) =>
      genotype === undefined ? ofFixedNetwork(run, expert) : { ...expert, architecture: architectureOf(run, parseGenotype(genotype)) },
    ),
    progress: state.progress && progressOf(run, state.progress),
  };
}

/** An expert of a strategy without search, whose architecture only the list of experts told. */
function ofFixedNetwork(run: Version1, expert: StoredExpert): object {
  const genotype = run.experts.find(({ id }) => id === expert.id)?.genotype ?? null;
  const largestTrain = Math.max(0, ...run.tasks.filter((task) => task.expert === expert.id).map(({ train }) => train));
  return { ...expert, architecture: architectureOf(run, genotype), architectureFrom: null, largestTrain };
}

/** A task under way; only PAR's has a genotype, null until it is found. */
function progressOf(run: Version1, { genotype, ...progress }: Readonly<Record<string, unknown>>): object {
  if (genotype === undefined) return progress;
  return { ...progress, architecture: typeof genotype === 'string' ? architectureOf(run, parseGenotype(genotype)) : null };
}
