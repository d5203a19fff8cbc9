// SPDX-License-Identifier: Apache-2.0

// Package bench holds no code, only tests: the simulation of a storm, and what a
// call and a waiting caller cost. It is a module of its own, because it links the
// vendors' generated clients, to compare with what people write today.
//
//	make storm SEED=1 JSON=storm.json SVG=storm.svg
//	make storm SEED=1 SEEDS=5 STORM=all CLIENT=c
//
// With SEEDS it prints the median and the worst of so many seeds.
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
// In the storm node nothing is released: 100 callers detach and delete one interface
// each, and what is on the interfaces goes with them. Our callers have seen that the
// interface is gone; those of client a take the answer for that, or on Tencent Cloud
// the task.
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
//   - Each API has a quota. For descriptions and task queries it is 20 a second. For
//     each kind of change it is 50 or 1,000 a second, in a bucket that holds one
//     second's worth; or 10 a second in a bucket that holds one; or 400 or 60 in
//     each minute, whose windows begin at the full minute of the cloud's clock, while
//     the seed draws when the storm begins, or at a phase that the seed draws. A
//     bucket is full at the beginning and fills evenly. What finds none left is
//     throttled, and takes nothing.
//
// At 60 a minute there are 2,000 addresses on 20 interfaces.
//
// # More storms
//
// These are played for this library alone, but for the last, where the flags STORM or
// QUOTA choose them (STORM=all plays every one):
//
//   - waiting: a queue in which each caller waits for the effect before its next
//     address.
//   - deadlines: a crowd in which one caller in ten has a deadline at 60 % of the
//     least time for the addresses.
//   - clients: a crowd of two clients that share the account and the interfaces, and
//     know nothing of each other.
//   - late: a waiting queue where Alibaba Cloud answers 0.3, 2 or 5 s before the
//     effect: 2,000 addresses on 20 interfaces.
//   - A quota that is half in the middle third of the storm.
//   - node: at 50 a second, beside client a, and also where no flag chooses.
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
// formula counts whole windows of a minute: in each no more changes than the quota,
// and than the interfaces can take one after another. Of a quota that is halved it
// counts what it was at each time, and for the waiting storm a describe's round trip
// for each change. In the storm node the detaches begin one by one as the quota says;
// each interface takes its detach, its deletion and a description before, between and
// after them. At the end either a second description follows, a second after the first
// that missed the interface, or the task is asked for, which 20 a second can be. How
// long an interface takes nobody knows before: the bound is the average over 1,000
// orders. It does not count the second's worth that the bucket holds at the
// beginning, which can save up to a second of each of the two parts where the
// quota binds, nor the 30 ms of a round trip, which no change is without.
package bench
