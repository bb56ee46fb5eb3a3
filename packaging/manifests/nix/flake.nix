{
  description = "@SUMMARY@";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs =
    { self, nixpkgs }:
    let
      version = "@VERSION@";
      archives = {
        x86_64-linux = {
          url = "@URL x86_64-unknown-linux-gnu@";
          sha256 = "@SHA256 x86_64-unknown-linux-gnu@";
        };
        aarch64-linux = {
          url = "@URL aarch64-unknown-linux-gnu@";
          sha256 = "@SHA256 aarch64-unknown-linux-gnu@";
        };
        x86_64-darwin = {
          url = "@URL x86_64-apple-darwin@";
          sha256 = "@SHA256 x86_64-apple-darwin@";
        };
        aarch64-darwin = {
          url = "@URL aarch64-apple-darwin@";
          sha256 = "@SHA256 aarch64-apple-darwin@";
        };
      };
      package =
        system: archive:
        let
          pkgs = nixpkgs.legacyPackages.${system};
        in
        pkgs.stdenvNoCC.mkDerivation {
          pname = "claude-bedrock";
          inherit version;
          src = pkgs.fetchurl archive;
          # On macOS the program would lose its signature.
          dontStrip = true;
          installPhase = ''
            mkdir -p "$out"
            cp -r bin share "$out/"
          '';
          meta = {
            description = "@SUMMARY@";
            homepage = "@REPOSITORY@";
            license = pkgs.lib.licenses.mit;
            mainProgram = "claude-bedrock";
            platforms = builtins.attrNames archives;
            sourceProvenance = [ pkgs.lib.sourceTypes.binaryNativeCode ];
          };
        };
    in
    {
      packages = builtins.mapAttrs (system: archive: { default = package system archive; }) archives;
    };
}
