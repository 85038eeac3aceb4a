import type { StoreReader } from './ports.ts';

/** What the reader thread can be asked: the port's own methods, their arguments as a list. */
export type ReaderCalls = {
  [Name in keyof StoreReader]: {
    argument: Parameters<StoreReader[Name]>;
    result: Awaited<ReturnType<StoreReader[Name]>>;
  };
};

/** The port without its promises, as the reader thread implements it. */
export type ReaderStore = {
  readonly [Name in keyof StoreReader]: (
    ...argument: ReaderCalls[Name]['argument']
  ) => ReaderCalls[Name]['result'];
};
