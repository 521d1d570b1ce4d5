//! What does the caller know of the next token before the network says anything?

/// A law of the next token that the network corrects: its logits are added to those of the network.
///
/// A counted model (of the last tokens, smoothed) makes the network start as that model, since a new network says
/// nothing: on little data it stays there, on much it learns what the counts cannot hold.
///
/// A base that was counted on the very steps that the network learns from looks better there than it is, and the network
/// then trusts it too much. Count it in folds: let the context name the fold of the sequence, take that fold's counts out
/// of the law, and let the context of writing name no fold.
pub trait Base: Sync {
    /// Adds the logarithms of the chances of `tokens` to `logits`.
    ///
    /// `tokens` are those that the step's class allows, ascending, and `logits` is as long; chances need no common sum.
    /// `context` and `memory` are the step's, whatever the caller packed into them.
    fn add_logits(&self, context: u64, memory: &[u32], tokens: &[u32], logits: &mut [f32]);
}
