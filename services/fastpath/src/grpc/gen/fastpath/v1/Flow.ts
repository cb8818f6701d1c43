// Original file: ../../proto/fastpath/v1/fastpath.proto


export interface Flow {
  'src_addr'?: (string);
  'dst_addr'?: (string);
  'protocol'?: (number);
  'src_port'?: (number);
  'dst_port'?: (number);
  '_src_port'?: "src_port";
  '_dst_port'?: "dst_port";
}

export interface Flow__Output {
  'src_addr': (string);
  'dst_addr': (string);
  'protocol': (number);
  'src_port'?: (number);
  'dst_port'?: (number);
  '_src_port'?: "src_port";
  '_dst_port'?: "dst_port";
}
