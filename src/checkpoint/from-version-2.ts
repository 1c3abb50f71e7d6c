/** The members of a version 2 run.json that this step reads. The content has passed its checksum, so it is as version 2 wrote it. */
interface Version2 {
  readonly features: { readonly name: string; readonly sha256: string | null; readonly size: number | null };
  readonly tasks: readonly Shaped[];
  readonly strategy: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  /** Empty before the first save of a task; what a strategy of a program's own keeps may have any form. */
  readonly state: {
    readonly experts?: unknown;
    readonly tasks?: unknown;
  };
}

/** What had the shape of its inputs. */
type Shaped = Readonly<Record<string, unknown>> & { readonly inputShape: readonly number[] };

/**
 * Version 3 says of inputs what they are, `input` with domain, shape and type, where version 2 had the shape alone, and keeps extractors by domain.
 * In a run of version 2 all inputs were float32, images or vectors, and one extractor measured them. Its tasks shared batch norms where a method holds
 * weights by a penalty, and still do.
 */
export function fromVersion2(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { features, tasks, strategy, state } = content as unknown as Version2;
  const { name, sha256, size } = features;
  const [first] = tasks;
  return {
    ...content,
    features: { asked: name, used: first && size !== null ? { [domainOf(first)]: { name, sha256, size } } : {}, standardize: false },
    tasks: tasks.map(withInput),
    strategy: penalties.has(strategy.name) ? { ...strategy, options: { ...strategy.options, norms: 'shared' } } : strategy,
    state: stateOf(state),
  };
}

/** Methods that hold weights by a penalty. */
const penalties = new Set(['ewc', 'online-ewc', 'si', 'mas']);

function stateOf(state: Version2['state']): object {
  const { experts, tasks } = state;
  if (!Array.isArray(experts) || !Array.isArray(tasks)) return state;
  return {
    ...state,
    experts: experts.map((expert: unknown) => (isShaped(expert) ? withInput(expert) : expert)),
    tasks: tasks.map((task: Readonly<Record<string, unknown>>) =>
      isShaped(task['ref']) ? { ...task, ref: withInput(task['ref']) } : task,
    ),
  };
}

const domainOf = ({ inputShape }: Shaped) => (inputShape.length === 3 ? 'image' : 'vector');

function withInput(shaped: Shaped): object {
  const { inputShape: shape, ...rest } = shaped;
  return { ...rest, input: { domain: domainOf(shaped), shape, dtype: 'float32' } };
}

const isShaped = (value: unknown): value is Shaped => typeof value === 'object' && value !== null && 'inputShape' in value;
