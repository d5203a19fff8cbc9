// Package bench holds no code, only tests: the simulation of a storm, and what a
// call and a waiting caller cost. It is a module of its own, because it links the
// vendors' generated clients, to compare with what people write today.
//
//	make storm SEED=1 JSON=storm.json SVG=storm.svg
//
// # The storm
//
// 100 interfaces with 100 addresses each lose them all: 10,000 addresses. Then all
// 100 are detached at once. Two ways of calling: in a crowd each address has a
// goroutine of its own, and all call at once; in a queue there are 1,000
// goroutines, ten per interface, and each releases ten addresses one after
// another.
//
// The callers begin ten nanoseconds apart, in an order that the seed draws.
//
// A storm ends when its last caller knows that its address is off. On
// Alibaba Cloud the answer tells, because it comes when the change is done; on
// Tencent Cloud every caller, whichever the client, waits for what it set in
// motion to complete. Every detach is waited for on both clouds: the caller of a
// detach has seen that it has taken effect.
//
// # The rules of the cloud
//
//   - A change takes 300 to 800 ms, drawn from the seed, the interface and the
//     ordinal of the change on its interface. Meanwhile the interface answers a
//     conflict to any other.
//   - A request and its answer take 15 ms each.
//   - 2 % of the answers are lost: the connection is reset, after the work was
//     done in half of them. It is drawn from the seed, the action, the interface
//     and the ordinal of the request among those.
//   - Each API has a quota of requests a second: 20 for descriptions, 20 for task
//     queries, and 50 or 1,000 for each kind of change. It is a bucket that holds
//     one second's worth, is full at the beginning, and fills evenly. What finds it
//     empty is throttled, and takes nothing out of it.
//
// # The clients
//
//   - a: the vendor's generated call under backoff/v4's Retry with its defaults,
//     one address per call. It tries again after a conflict, when it is throttled
//     and after a network error, and takes "not assigned" for done. A task, and
//     the state of a detach on Alibaba Cloud, is polled under a Retry of its own.
//     Each goroutine has a client of its own on Alibaba Cloud, because the
//     vendor's cannot be shared without a data race.
//   - b: the same with batches of ten addresses of one interface, made by hand, of
//     which an errgroup lets 50 go at once. A crowd's batches go round the
//     interfaces; in a queue each goroutine's ten addresses are one batch, and they
//     come in an order that the seed draws.
//   - c: this library, with its defaults, but that the jitter of its backoff is
//     drawn from the seed. "Configured" means that Options.Rates says what the quotas
//     are, those of the queries included; a and b have no place for it, so their
//     figures are the same either way.
//
// For one seed the figures of a and b are the same in every run. Those of c differ
// by about a hundredth: when one description answers for many interfaces, their goroutines
// wake at the same moment, and the scheduler decides which of them sends first.
//
// # The lower bound
//
// No client can be faster than
//
//	max(fewest changes ÷ quota, longest interface's serial time)
//
// for the addresses, and the same again for the detaches. The fewest changes are
// one for each ten addresses of an interface, and the serial time of an interface
// is the sum of the durations that the seed draws for its fewest changes. The
// formula does not count the second's worth that the bucket holds at the
// beginning, which can save up to a second of each of the two parts where the
// quota binds, nor the 30 ms of a round trip, which no change is without.
package bench
