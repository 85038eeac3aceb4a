/** One step in the tree of key lists. */
interface Step<Shape> {
  readonly key: string;
  /** Steps that followed, by their key; the newest one also stands in `last`. */
  readonly next: Map<string, Step<Shape>>;
  last: Step<Shape> | null;
  shape: Shape | null;
}

/** Bounds of what is remembered; a sender who invents keys only makes it start again. */
const STEPS_MAX = 16_384;
const CHARS_MAX = 1_048_576;
/** Keys of all shapes together: long lists that differ in their last key share steps, not shapes. */
const SHAPE_KEYS_MAX = 131_072;

/**
 * Remembers what follows from the keys of an object, in their order. The objects that a sensor
 * writes come in few shapes, so sorting, quoting or counting their keys once is enough. The list of
 * keys is walked along a tree, where the step taken last is tried first: mostly one comparison of
 * pointers a key. Forgetting it all changes no answer.
 */
export class KeyShapes<Shape> {
  private readonly make: (keys: readonly string[]) => Shape;
  private root: Step<Shape> = newStep('');
  private steps = 0;
  private chars = 0;
  private shapeKeys = 0;

  constructor(make: (keys: readonly string[]) => Shape) {
    this.make = make;
  }

  of(keys: readonly string[]): Shape {
    let step = this.root;
    for (const key of keys) {
      const { last } = step;
      step = last !== null && last.key === key ? last : this.follow(step, key);
    }
    if (step.shape !== null) return step.shape;
    this.shapeKeys += keys.length;
    if (this.shapeKeys > SHAPE_KEYS_MAX) this.forget();
    step.shape = this.make(keys);
    return step.shape;
  }

  private follow(from: Step<Shape>, key: string): Step<Shape> {
    let step = from.next.get(key);
    if (step === undefined) {
      step = newStep(key);
      this.count(key);
      from.next.set(key, step);
    }
    from.last = step;
    return step;
  }

  private count(key: string): void {
    this.steps += 1;
    this.chars += key.length;
    if (this.steps > STEPS_MAX || this.chars > CHARS_MAX) this.forget();
  }

  private forget(): void {
    this.root = newStep('');
    this.steps = 0;
    this.chars = 0;
    this.shapeKeys = 0;
  }
}

const newStep = <Shape>(key: string): Step<Shape> => ({
  key,
  next: new Map(),
  last: null,
  shape: null,
});
