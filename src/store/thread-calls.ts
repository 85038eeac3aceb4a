import type { StoreErrorCode } from './store-error.ts';

/** One call to a thread of the store. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface ReplyMessage {
  readonly id: number;
  readonly value: unknown;
  readonly error: { readonly code: StoreErrorCode; readonly message: string } | null;
}

/** Id of the one message a thread sends of itself: that it is open, or why it is not. */
export const OPENED_ID = 0;

/** Names of calls with what they take and give. */
export type CallTable = Record<string, { readonly argument: unknown; readonly result: unknown }>;
