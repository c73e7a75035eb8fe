/**
 * Hands things on in the order in which they came, at most `perTurn` of them in one turn of the event loop: what is read
 * from the first is known before the last is handed on. Nothing waits that does not come in a crowd.
 */
export function inTurns<T>(perTurn: number, hand: (thing: T) => void): (thing: T) => void {
  let waiting: T[] = [];
  let handed = 0;
  const pass = (thing: T): void => {
    if (handed === perTurn) {
      waiting.push(thing);
      return;
    }
    if (handed++ === 0) {
      setImmediate(nextTurn);
    }
    hand(thing);
  };
  const nextTurn = (): void => {
    const things = waiting;
    waiting = [];
    handed = 0;
    things.forEach(pass);
  };
  return pass;
}
