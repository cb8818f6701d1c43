/* What binding/probe.c exports. All take the name of an interface and throw an XdpError. */

export interface NativeProbe {
  /** Bits of enum netdev_xdp_act. @throws EOPNOTSUPP before Linux 6.3 */
  probeFeatures(interfaceName: string): { readonly bits: number; readonly zeroCopySegments: number };
  probeDevice(interfaceName: string): {
    readonly driver: string;
    readonly rx: number;
    readonly tx: number;
    readonly combined: number;
  };
  probePrograms(interfaceName: string): {
    readonly native: boolean;
    readonly dispatcher: boolean;
    readonly programs: readonly { readonly id: number; readonly name: string }[];
  };
}
