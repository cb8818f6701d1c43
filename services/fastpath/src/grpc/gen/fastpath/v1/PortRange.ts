// Original file: ../../proto/fastpath/v1/fastpath.proto


export interface PortRange {
  'min'?: (number);
  'max'?: (number);
}

export interface PortRange__Output {
  'min': (number);
  'max': (number);
}
