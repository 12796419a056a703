// The command line: one file in app/commands/ for each command, gathered here. Owned by main.
#pragma once

#include "app/components.h"

namespace sluice {

// What a command answers to the shell.
enum ExitCode : int {
  kDone = 0,
  kAnswerIsNo = 1,     // audit, verify, test; a run to its end that could not bring in everything
  kWrongUse = 2,       // options or pipeline file
  kUnreachable = 3,    // a component could not be reached
  kInterrupted = 130,  // told to stop before it had done what it was asked for
};

// Parses the arguments and runs the command; errors go to stderr.
int RunCli(int argc, char** argv, const Components& components);

}  // namespace sluice
