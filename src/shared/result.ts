/** An outcome that the caller is expected to handle: a value, or a literal reason why there is none. */
export type Result<T, E> = Ok<T> | Failure<E>;

interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

interface Failure<E> {
  readonly ok: false;
  readonly reason: E;
}

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function fail<E>(reason: E): Failure<E> {
  return { ok: false, reason };
}
