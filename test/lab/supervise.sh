#!/bin/sh
# supervise.sh PROGRAM [ARGUMENT...]: runs the program as long as standard input stays open, that is, as
# long as the test process lives and wants it. Then, or when the program ends, everything it started is
# killed: a guest is several processes, and those that run its programs would go on without it.
exec 3<&0
"$@" </dev/null 3<&- &
guest=$!
end() {
  # The guest makes itself leader of a process group; whatever does not is in ours.
  kill -KILL "$guest"
  kill -KILL "-$guest"
  kill -KILL 0
}
{
  read -r _ <&3
  end
} >/dev/null 2>&1 &
wait "$guest"
end >/dev/null 2>&1
