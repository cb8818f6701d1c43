/* run.sh compiles what lies in this folder; udp-to-xsk-test.c tests the program of the package. */
#include "../../bpf/udp-to-xsk.bpf.c"
