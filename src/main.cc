// The program: flags, then the command (app/cli.h).
#include "app/cli.h"

int main(int argc, char** argv) { return sluice::RunCli(argc, argv, sluice::AllComponents()); }
