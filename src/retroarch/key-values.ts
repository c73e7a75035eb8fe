/**
 * RetroArch's own format: `key = "value"`, one a line. It has no way to write a quote or a line break in a value.
 *
 * @throws RangeError for a key or value that cannot be written.
 */
export function renderKeyValues(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => {
      if (/["\r\n\0]/.test(key + value)) {
        throw new RangeError(
          `RetroArch cannot read a quote or a line break in ${key}: ${JSON.stringify(value)}`,
        );
      }
      return `${key} = "${value}"\n`;
    })
    .join("");
}
