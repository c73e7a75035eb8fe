/** What one look at the machine found. */
export interface Finding {
  /** What was looked at, e.g. `core Nestopia`. */
  readonly subject: string;
  /** `failed`: something cannot be hosted because of it. `warning`: it can, but not all of it. */
  readonly status: "ok" | "warning" | "failed";
  /** What is there or, when it is not right, what to change. */
  readonly message: string;
}

export function good(subject: string, message: string): Finding {
  return { subject, status: "ok", message };
}

export function warning(subject: string, message: string): Finding {
  return { subject, status: "warning", message };
}

export function failed(subject: string, message: string): Finding {
  return { subject, status: "failed", message };
}
