%% messaging.erl: the workloads of bench/messaging on the BEAM.
%%
%%   erlc messaging.erl && erl +S 2:2 -noshell -run messaging main [WORKLOAD...]
%%
%% Prints one line a figure: its key and a number. Processes are plain ones with the usual tagged
%% request and reply; gen_server would do the same with more work per message, which would flatter
%% the comparison. Clocks start when the processes are there, and stop when the last has answered.
-module(messaging).
-export([main/0, main/1]).

-define(WORKLOADS, [call, call_parallel, fan_in_table, fan_in_int, ring, payload, spawn]).

main() -> main([]).

main([]) -> main([atom_to_list(Workload) || Workload <- ?WORKLOADS]);
main(Names) ->
    lists:foreach(fun (Name) -> run(list_to_existing_atom(Name)) end, Names),
    halt(0).

%% Each workload runs in a process of its own, so that the heap of one is not the next one's.
run(Workload) ->
    {Pid, Monitor} = spawn_monitor(fun () ->
        [io:format("~s ~.1f~n", [Key, float(Value)]) || {Key, Value} <- workload(Workload)]
    end),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> ok;
        {'DOWN', Monitor, process, Pid, Reason} ->
            io:format(standard_error, "~s failed: ~p~n", [Workload, Reason]),
            halt(1)
    end.

workload(call) ->
    Client = spawn_link(fun client/0),
    Echo = spawn_link(fun echo/0),
    N = 300000,
    [{call, rate(N, fun () -> N = request(Client, {run, Echo, N, 1}) end)}];
workload(call_parallel) ->
    Pairs = [{spawn_link(fun client/0), spawn_link(fun echo/0)} || _ <- lists:seq(1, 50)],
    N = 6000,
    Run = fun () ->
        Tags = [ask(Client, {run, Echo, N, 1}) || {Client, Echo} <- Pairs],
        [N = answer(Tag) || Tag <- Tags]
    end,
    [{call_parallel, rate(N * length(Pairs), Run)}];
workload(fan_in_table) -> fan_in(fan_in_table, send_tables);
workload(fan_in_int) -> fan_in(fan_in_int, send_integers);
workload(ring) ->
    Nodes = [First | Rest] = [spawn_link(fun node_/0) || _ <- lists:seq(1, 503)],
    [request(Node, {join, Next, First}) || {Node, Next} <- lists:zip(Nodes, Rest ++ [First])],
    Hops = 500000,
    [{ring, rate(Hops, fun () -> done = request(First, {start, Hops}) end)}];
workload(payload) ->
    Client = spawn_link(fun client/0),
    Echo = spawn_link(fun echo/0),
    N = 3000,
    [{payload, rate(N, fun () -> N = request(Client, {run, Echo, N, payload()}) end)}];
workload(spawn) ->
    N = 100000,
    Before = resident_bytes(),
    Spawner = spawn_link(fun () -> spawner([]) end),
    Rate = rate(N, fun () -> N = request(Spawner, {start, N}) end),
    [{spawn, Rate}, {bytes_per_actor, (resident_bytes() - Before) / N}].

fan_in(Key, How) ->
    Sink = spawn_link(fun () -> sink(0, infinity, none) end),
    Senders = [spawn_link(fun sender/0) || _ <- lists:seq(1, 4)],
    N = 150000,
    Total = N * length(Senders),
    Run = fun () ->
        Tag = ask(Sink, {count, Total}),
        Tags = [ask(Sender, {How, Sink, N}) || Sender <- Senders],
        [done = answer(T) || T <- Tags],
        Total = answer(Tag)
    end,
    [{Key, rate(Total, Run)}].

%% Requests: a reference made just before the receive lets it skip what was in the mailbox before.
ask(Pid, Request) ->
    Tag = make_ref(),
    Pid ! {self(), Tag, Request},
    Tag.

answer(Tag) -> receive {Tag, Answer} -> Answer end.

request(Pid, Request) ->
    Tag = make_ref(),
    Pid ! {self(), Tag, Request},
    receive {Tag, Answer} -> Answer end.

echo() ->
    receive {From, Tag, Message} -> From ! {Tag, Message} end,
    echo().

client() ->
    receive
        {From, Tag, {run, Echo, N, Value}} ->
            call_many(Echo, N, Value),
            From ! {Tag, N}
    end,
    client().

call_many(_, 0, _) -> ok;
call_many(Echo, N, Value) ->
    _ = request(Echo, Value),
    call_many(Echo, N - 1, Value).

sink(Goal, Goal, {From, Tag}) ->
    From ! {Tag, Goal},
    sink(0, infinity, none);
sink(Count, Goal, Asker) ->
    receive
        {add, _, _, _, _, _} -> sink(Count + 1, Goal, Asker);
        {add, _} -> sink(Count + 1, Goal, Asker);
        {From, Tag, {count, NewGoal}} -> sink(Count, NewGoal, {From, Tag})
    end.

sender() ->
    receive
        {From, Tag, {send_integers, Sink, N}} -> send_integers(Sink, N), From ! {Tag, done};
        {From, Tag, {send_tables, Sink, N}} -> send_tables(Sink, N, N - N), From ! {Tag, done}
    end,
    sender().

send_integers(_, 0) -> ok;
send_integers(Sink, N) ->
    Sink ! {add, N},
    send_integers(Sink, N - 1).

%% The numbers are computed: a constant map would be sent as a pointer to the module's literals.
send_tables(_, 0, _) -> ok;
send_tables(Sink, N, Zero) ->
    Sink ! {add, 1, 2, 3, 4,
            #{a => Zero + 1, b => Zero + 2,
              c => #{d => Zero + 1, e => Zero + 2, f => Zero + 3}}},
    send_tables(Sink, N - 1, Zero).

node_() ->
    receive {From, Tag, {join, Next, First}} -> From ! {Tag, ok}, node_(Next, First, none) end.

node_(Next, First, Starter) ->
    receive
        {token, 0} -> First ! finished, node_(Next, First, Starter);
        {token, Hops} -> Next ! {token, Hops - 1}, node_(Next, First, Starter);
        {From, Tag, {start, Hops}} -> Next ! {token, Hops - 1}, node_(Next, First, {From, Tag});
        finished -> {From, Tag} = Starter, From ! {Tag, done}, node_(Next, First, none)
    end.

%% A process counts as started when it has answered.
spawner(Kept) ->
    receive
        {From, Tag, {start, N}} ->
            Pids = [spawn_link(fun echo/0) || _ <- lists:seq(1, N)],
            [N = request(Pid, N) || Pid <- Pids],
            From ! {Tag, N},
            spawner(Pids ++ Kept)
    end.

payload() ->
    maps:from_list([{list_to_binary("key" ++ integer_to_list(I)),
                     #{id => I, name => list_to_binary("name" ++ integer_to_list(I)),
                       flag => I rem 2 =:= 0}} || I <- lists:seq(1, 100)]).

rate(Count, Run) ->
    Start = erlang:monotonic_time(nanosecond),
    Run(),
    Count * 1.0e9 / (erlang:monotonic_time(nanosecond) - Start).

resident_bytes() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [KiB]} = re:run(Status, "VmRSS:\\s*(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(KiB) * 1024.
