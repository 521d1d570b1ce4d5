//! What is `visits`, for help and `explain`?

use verosim_core::{EnginePage, Setting};

pub(super) static PAGE: EnginePage = EnginePage {
    id: "visits",
    summary: "Lives event by event: counts of what follows what, bettered by a recurrent network. The default.",
    method: "\
A life becomes a line of tokens: facts such as sex, and what else holds at no time, of which people may have several; the day of the first event and the age then; and stay after stay the
gap since the last one, its kind, its length and the hour of its end, and its codes in order of time, with steps of time
between them, of which one goes to the very end of the stay, and with their numbers, texts and lengths behind them; at last a death, or the end of the record. Events outside of stays are taken
together by day. Tokens of numbers, gaps, ages and dates are bins; what is drawn within a bin follows the values that
enough people have, heaps such as 7 days or full units included. A grammar says which token may come: stays close, no
number is behind a code that has none, nothing comes behind a death, and no code at an age or sex at which it cannot be.

The chances are those of counts (what comes given the last code, the kind of stay, age and sex, the last number of the
same code, how long until the data end), each level mixed with a coarser one by weights that do best on people who are
left out, times factors, times the corrections of a recurrent network (`cho2014`). What came too rarely in a context to be kept
leaves its share there to the coarser level. The factors are those by which codes, kinds of stays, hours, gaps, ends of records and
deaths come more or less often in a kind of stay, at an age, to a sex, in a month, and new codes or ends of stays with how many
events the stay has had, than counts lead to expect: a trend of the logarithm, and what is beside it drawn to 1 (`dumouchel1999`). Behind a stay it is first decided whether the life goes on, is
told to its end, or ends with death, by how many stays there were too. In a stay it is first decided whether time goes on, or a code
comes that the life never had, that it had in former stays, or that is in this stay; then which. Each code has a rate for each of
the three, so that what is charted every hour comes to few people and then often. How far time goes on hangs on the last code and
on the pace of the last four steps, so that charting by the hour goes on by the hour. Which code comes again is told by all people
and by this one life: how often it had the code, and what followed the last code in it before (`kuhn1990`), by shares that do best
on people who are left out. So tens of people with long stays are enough for lives that repeat themselves as real ones do. The network is told of age, sex, season, hour, how
long it has been, the last number, and of everything that ever was, was in the last stay and is in this one, so that what
was diagnosed long ago still counts. It learns on counts without the person at hand, so that it corrects what counts get
wrong about new people, and stops when a tenth of the people, who are only watched, gains nothing more. Of what it says of each
part of a life, that share is heeded that does best on those people: what is told once in a life it soon knows by heart.
At last lives are drawn, and factors are corrected three times by what came in them: whatever small errors of each step add up to
in a life is brought back to what came to people. With fewer than 20
people nothing is learned beyond the counts, which are a good model of what follows what.

Codes that must be had (`has`) are made likelier while a life is written, and lives are then kept with a chance that makes
up for it; facts (`is`) likewise. Every person kept has what was asked.",
    limits: "\
Few people: below some hundreds it is little more than its counts, and combinations of fewer than `least_people` people are
not in those; take real pilot data for what they are. Codes of fewer people are left out: of a hundred people with long stays
that is two thirds of the codes, and lives have so many fewer different ones. Long charting in intensive care: numbers of different codes are bound
together loosely, steps of a monitor come one by one, and a life of 10,000 events drifts; an engine for signals does better.
Exact dependence between numbers (a sum and its parts) is blurred to bins. Times are kept to the minute. What only one
event in a hundred thousand tells is not learned. Identifiers, notes and extra columns are not made.",
    guarantee: "No formal guarantee. Codes, texts and values of fewer than `least_people` people are never drawn, and counts of \
                fewer people are not kept; the network can still remember what is common to few people.",
    sources: &["cho2014", "dumouchel1999", "kuhn1990", "loshchilov2019"],
    settings: &[
        Setting {
            name: "width",
            default: "64",
            range: "16 to 512",
            purpose: "Numbers in the state of the network. 128 learns more from 10,000 people or more, in three times the time.",
        },
        Setting { name: "layers", default: "1", range: "1 to 3", purpose: "Recurrent layers." },
        Setting {
            name: "passes",
            default: "20",
            range: "0 to 1000",
            purpose: "Most times that every life is learned from. 0 leaves the counts alone.",
        },
        Setting {
            name: "tokens",
            default: "6",
            range: "0 to 10000",
            purpose: "Most millions of tokens that are learned from, passes together: bounds the time whatever the data.",
        },
        Setting {
            name: "learning_rate",
            default: "0.003",
            range: "0.00001 to 0.1",
            purpose: "Size of a step of learning at its largest.",
        },
        Setting {
            name: "dropout",
            default: "0.1",
            range: "0 to 0.9",
            purpose: "Share of numbers left out while learning.",
        },
        Setting {
            name: "bins",
            default: "10",
            range: "2 to 10",
            purpose: "Most bins for the numbers of a code.",
        },
        Setting {
            name: "least_people",
            default: "5",
            range: "2 to 100",
            purpose: "Least people behind a code, a text, a value or a count that is kept.",
        },
        Setting {
            name: "tries",
            default: "200",
            range: "1 to 100000",
            purpose: "Most lives that are written for each one wanted, when codes, facts or ages are asked for.",
        },
    ],
    control_only: false,
};
