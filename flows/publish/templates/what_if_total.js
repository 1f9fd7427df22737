// What a change does to the lead time, from the findings alone: {low, high} in seconds, the same where it is exact; null
// where the log cannot tell. Outside branches times are added. In branches side by side a pass lasts as long as its
// longest branch: the mean of a group of passes is at least the longest mean, and at most what its bounds leave room for.
// `rungs` is filled with the same of each step: {low, high}.
const whatIfTotal = (data) => {
  const GRID = 20;
  const none = { reach: 1, visits: 1, time: 1 };
  const stepsOf = (group) => new Set(group.branches.flatMap((branch) => branch.pieces.map((piece) => piece.step)));
  const groups = data.groups.map((group) => ({ ...group, steps: stepsOf(group) }));
  const patterns = (group, changes) => {
    let found = [{ weight: 1, shares: new Map() }];
    for (const step of group.steps) {
      const change = changes.get(step);
      if (!change) continue;
      const left = change.visits * change.time, reach = Math.min(1, change.reach);
      found = found.flatMap(({ weight, shares }) => [
        { weight: weight * reach, shares: new Map(shares).set(step, left) },
        { weight: weight * (1 - reach), shares: new Map(shares).set(step, 0) },
      ]).filter((each) => each.weight > 0);
    }
    return found;
  };
  const scaled = (branch, shares, skips) => {
    const sum = { mean: 0, low: 0, high: 0, moveLow: 0, moveHigh: 0 };
    for (const piece of branch.pieces) {
      const share = skips.has(piece.handoff) ? 0 : shares.has(piece.step) ? shares.get(piece.step) : 1;
      sum.mean += share * piece.mean;
      sum.low += share * piece.low;
      sum.high += share * piece.high;
      sum.moveLow += Math.min((share - 1) * piece.low, (share - 1) * piece.high);
      sum.moveHigh += Math.max((share - 1) * piece.low, (share - 1) * piece.high);
    }
    return sum;
  };
  // bounds of (branch k − branch r) for every pass of the group
  const ahead = (group, sums, k, r) => {
    let low = sums[k].low - sums[r].high, high = sums[k].high - sums[r].low;
    if (r === 0 || k === 0) {
      const [from, to] = r === 0 ? [-group.branches[k].gapHigh, -group.branches[k].gapLow] : [group.branches[r].gapLow, group.branches[r].gapHigh];
      low = Math.max(low, from + sums[k].moveLow - sums[r].moveHigh);
      high = Math.min(high, to + sums[k].moveHigh - sums[r].moveLow);
    }
    return [low, high];
  };
  const room = (low, high, mean) => {
    if (high <= 0) return 0;
    if (low >= 0) return mean;
    return (high * Math.min(high - low, Math.max(0, mean - low))) / (high - low);
  };
  const longest = (group, sums) => {
    const low = Math.max(...sums.map((sum) => sum.mean));
    const tops = sums.map((sum, r) => sums.reduce((top, other, k) => (k === r ? top : top + room(...ahead(group, sums, k, r), other.mean - sum.mean)), sum.mean));
    return { low, high: Math.max(low, Math.min(...tops)) };
  };
  const inBranches = (changes, skips, rungs) => {
    let low = 0, high = 0;
    for (const group of groups) {
      for (const { weight, shares } of patterns(group, changes)) {
        const sums = group.branches.map((branch) => scaled(branch, shares, skips));
        const found = longest(group, sums), part = (weight * group.passes) / data.cases;
        low += part * found.low;
        high += part * found.high;
        spread(group, sums, shares, skips, part, rungs);
      }
    }
    return { low, high };
  };
  // what of a group lies on the path of each step: all of a branch that is always the longest, none of one that never is
  const spread = (group, sums, shares, skips, part, rungs) => {
    group.branches.forEach((branch, k) => {
      const others = sums.map((_, r) => r).filter((r) => r !== k).map((r) => ahead(group, sums, k, r));
      if (others.some(([, high]) => high < 0) || (k > 0 && others.some(([, high]) => high <= 0))) return;
      const isLongest = others.every(([low]) => low > 0 || (k === 0 && low >= 0));
      for (const piece of branch.pieces) {
        const share = skips.has(piece.handoff) ? 0 : shares.has(piece.step) ? shares.get(piece.step) : 1;
        const rung = rungs.get(piece.step) || { low: 0, high: 0 };
        rung.high += part * share * piece.mean;
        if (isLongest) rung.low += part * share * piece.mean;
        rungs.set(piece.step, rung);
      }
    });
  };
  const now = inBranches(new Map(), new Set(), new Map());
  const straightOf = (step, skips) => [...skips].reduce((sum, n) => (data.handoffs[n].step === step ? sum - data.handoffs[n].straight : sum), data.steps[step].straight);
  // one step alone, changed by twentieths: its curve is exact
  const alone = (inside, changes, skips) => {
    if (inside.length !== 1 || [...skips].some((n) => data.steps[data.handoffs[n].step].inBranches)) return null;
    const own = data.steps[inside[0]], { reach, visits, time } = changes.get(inside[0]);
    const at = (1 - visits * time) * GRID, place = Math.round(at);
    if (reach > 1 || place < 0 || Math.abs(at - place) > 1e-9) return null;
    return reach * own.curve[place] + (1 - reach) * own.curve[GRID];
  };
  return (given, skips, rungs) => {
    const changes = new Map([...given].filter(([, c]) => c.reach !== none.reach || c.visits !== none.visits || c.time !== none.time));
    const steps = new Set([...changes.keys(), ...[...skips].map((n) => data.handoffs[n].step)]);
    const inside = [...changes.keys()].filter((step) => data.steps[step].inBranches);
    const gained = alone(inside, changes, skips);
    let low = data.total, high = data.total;
    for (const step of steps) {
      const own = data.steps[step], change = changes.get(step) || none, left = change.visits * change.time;
      if (gained !== null && own.inBranches) continue;
      const straight = straightOf(step, skips);
      const moved = straight * left * (own.inBranches ? Math.min(1, change.reach) : change.reach) - own.straight;
      low += moved;
      high += moved;
      // more cases in a step beside others: hidden behind another branch at best, all of it added at worst
      if (own.inBranches && change.reach > 1) high += (change.reach - 1) * left * own.whole;
    }
    if (gained !== null) { low -= gained; high -= gained; }
    const isTouched = inside.length > 0 || [...skips].some((n) => data.steps[data.handoffs[n].step].inBranches);
    const isUntold = isTouched && gained === null && data.untold;
    for (const [step, own] of Object.entries(data.steps)) {
      const change = changes.get(step) || none;
      const straight = straightOf(step, skips) * change.visits * change.time * (own.inBranches ? Math.min(1, change.reach) : change.reach);
      rungs.set(step, { low: straight, high: straight });
    }
    const then = inBranches(changes, skips, rungs);
    for (const [step, change] of changes) {
      const own = data.steps[step];
      if (own.inBranches && change.reach > 1) rungs.get(step).high += (change.reach - 1) * change.visits * change.time * own.whole;
    }
    if (isTouched && gained === null) {
      low += then.low - now.low;
      high += then.high - now.low;
    }
    return isUntold ? null : { low, high };
  };
};
