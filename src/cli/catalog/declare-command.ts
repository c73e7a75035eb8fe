import type { Command } from "commander";

/** Declares a command of `catalog` with the options that all of them have. */
export type DeclareCommand = (name: string, description: string) => Command;

export interface CatalogOptions {
  readonly config?: string;
  readonly json?: true;
}
