export type Execa = (typeof import("execa"))["execa"];

/** Loaded at first use: it takes longer to load than most commands take, which start no program. */
export async function loadExeca(): Promise<Execa> {
  return (await import("execa")).execa;
}

/** The system's text why a program was not started. */
export function reasonOf(result: {
  readonly originalMessage?: string | undefined;
  readonly shortMessage?: string | undefined;
}): string {
  return result.originalMessage ?? result.shortMessage ?? "it could not be started";
}
