/** What is used of it. It is optional, so that its own types need not be there where this is built. */
declare module 'koffi' {
  interface Library {
    /** `F` is what the declaration says, in C. */
    func<F extends (...of: never) => unknown>(declaration: string): F;
  }

  const koffi: {
    load(library: string): Library;
    view(address: bigint, size: number): ArrayBuffer;
    errno(): number;
  };
  export { koffi as default };
}
